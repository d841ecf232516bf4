"""Several processes that do one job together: how they find each other, and how a lost one is noticed.

::

    ranks/<session>.meeting.json       where rank 0 listens
    ranks/<session>.<rank>.beat        touched every second by the process itself; a frozen one stops
    ranks/<session>.<rank>.end         its exit code, written by the worker that started it
    ranks/<session>.<rank>.log         what it prints; rank 0 prints into the job's log

A rank that is lost takes the whole session with it: the others wait for it in the middle of a sum. All of them are
ended, and the next session starts all of them again from the last checkpoint. Standard library only.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from pathlib import Path

from patholearn_lab.paths import write_atomically

BEAT_S = 1.0
LATE_S = 15.0


class Ranks:
    """The ranks of one session of a job.

    Parameters
    ----------
    run
        The run folder.
    session
        Which start of the job.
    count
        How many ranks there are, rank 0 among them.
    late_s
        After how many seconds without a beat a rank counts as frozen, or its machine as gone.
    """

    def __init__(self, run: Path, session: int, count: int, late_s: float = LATE_S) -> None:
        self._folder = run / "ranks"
        self._session = session
        self._late_s = late_s
        self.count = count

    def beat_from_now_on(self, rank: int) -> None:
        """Beat for this process as long as it lives and is not frozen."""
        self._folder.mkdir(exist_ok=True)
        file = self._file(f"{rank}.beat")
        file.touch()

        def beat() -> None:
            while True:
                time.sleep(BEAT_S)
                os.utime(file)

        threading.Thread(target=beat, name="beat", daemon=True).start()

    def invite(self, host: str) -> tuple[str, int]:
        """Choose a free port on `host`, tell the others, and return both. Rank 0 does this."""
        with socket.create_server((host, 0)) as free:
            port = int(free.getsockname()[1])
        self._folder.mkdir(exist_ok=True)
        write_atomically(self._file("meeting.json"), json.dumps({"host": host, "port": port}))
        return host, port

    def meeting(self) -> tuple[str, int] | None:
        """Return where rank 0 listens; None while it has not said so."""
        try:
            said = json.loads(self._file("meeting.json").read_text())
        except FileNotFoundError:
            return None
        return said["host"], said["port"]

    def log(self, rank: int) -> Path:
        """Return the file for what a rank prints."""
        self._folder.mkdir(exist_ok=True)
        return self._file(f"{rank}.log")

    def say_end(self, rank: int, exit_code: int) -> None:
        """Write how the process of a rank ended."""
        write_atomically(self._file(f"{rank}.end"), str(exit_code))

    def lost(self, now: float) -> str:
        """Say which rank was killed, is frozen, or whose machine is gone; empty where none is.

        One that ended with an error of its own is not lost: the same error would come again.
        """
        for rank in range(self.count):
            end, beat = self._file(f"{rank}.end"), self._file(f"{rank}.beat")
            if end.exists():
                if int(end.read_text()) < 0:
                    return f"worker {rank + 1} of {self.count} was killed"
            elif beat.exists() and now - beat.stat().st_mtime > self._late_s:
                return f"worker {rank + 1} of {self.count} has not answered for {self._late_s:g} seconds"
        return ""

    def _file(self, name: str) -> Path:
        return self._folder / f"{self._session}.{name}"
