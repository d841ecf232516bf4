"""The architecture document: what it is, how it changes, what it may hold, and whether it can be trained.

Pure Python and pydantic. Nothing here imports torch; the shape and cost rules are closed formulas that the tests
compare with torch's own answers.
"""
