"""Long work that outlives the tab, the kernel and the server.

A job is a run folder and two processes: a supervisor that watches, and a child that works. The folder is the truth; the
database is an index of it. What runs in those two processes (`folder`, `supervisor`, `child`, `context` and what they
import) uses the standard library only, so that a job starts quickly.
"""
