"""Watches over one job: ``python -m patholearn_lab.jobs.supervisor <run folder>``.

It starts the child, writes what the child prints, stops it when that is asked for, and says how it ended, also when it
was killed. It belongs to no server: it has a session of its own, and lives as long as its job.

Standard library only: it is up before the child has imported anything.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path

from patholearn_lab.jobs.endings import Ending, ending_of, finish, loss
from patholearn_lab.jobs.folder import HEARTBEAT_S, RunFolder, StopRequest
from patholearn_lab.jobs.output import Frames, OutputLog
from patholearn_lab.jobs.ranks import LATE_S, Ranks

_LOOK_EVERY_S = 0.1
_READ = 1 << 16
_KILL_AFTER_S = 3.0
"""How long a process group has between SIGTERM and SIGKILL."""
_FAREWELL_S = 10.0
"""How long a child may stay after it has written how it ended."""
KEEP_GRACE_S = 600.0
"""How long a child may take that shall still test and export what it has."""
_RANK_SEEN_S = 3.0
"""How long after the child's failure it is looked whether another rank was killed."""
_DRAIN_S = 2.0
"""How long output is still read after the child's end, where a process that it left behind holds the pipes."""


class Supervisor:
    """The life of one child.

    Parameters
    ----------
    folder
        The run folder of a job that is being prepared.
    stop_grace_s
        How long the child has to stop by itself when it is asked to, in seconds. One that shall keep something of
        what it has done so far has :data:`KEEP_GRACE_S`.
    time_limit_s
        After how many seconds it is asked to stop, keeping its best; None for never.
    late_s
        After how many seconds without a beat one of several workers counts as lost.
    """

    def __init__(
        self, folder: RunFolder, stop_grace_s: float, time_limit_s: float | None = None, late_s: float = LATE_S
    ) -> None:
        self._folder = folder
        self._stop_grace_s = stop_grace_s
        self._time_limit_s = time_limit_s
        self._began = time.monotonic()
        self._ranks = Ranks(folder.path, folder.session, folder.workers, late_s)
        self._rank_lost = ""
        self._log = OutputLog(folder, environment=os.environ)
        self._frames = Frames()
        self._selector = selectors.DefaultSelector()
        self._next_look = 0.0
        self._next_beat = 0.0
        self._stop_at: float | None = None
        self._leave_by: float | None = None

    def run(self) -> None:
        """Start the child, stay until it has ended, and write how."""
        child, lifeline = self._start()
        try:
            while (exit_code := child.poll()) is None:
                self._read(_LOOK_EVERY_S)
                self._look(child)
            _end_group(child.pid)
            self._drain()
        finally:
            os.close(lifeline)
        ending = self._lost_rank(exit_code) or ending_of(self._folder, exit_code)
        if ending.error is not None:
            self._log.notice(ending.error["message"])
        self._log.close()
        finish(self._folder, ending)

    def _lost_rank(self, exit_code: int) -> Ending | None:
        """Return the ending of a session that lost a rank. The others fail of that too, a little before it is seen."""
        if self._ranks.count == 1 or exit_code == 0 or self._folder.asked_to_stop or self._folder.result() is not None:
            return None
        until = time.monotonic() + _RANK_SEEN_S
        while not (lost := self._rank_lost or self._ranks.lost(time.time())) and time.monotonic() < until:
            time.sleep(_LOOK_EVERY_S)
        return loss(self._folder, f"It was stopped because {lost}.") if lost else None

    def _start(self) -> tuple[subprocess.Popen[bytes], int]:
        """Start the child in a process group of its own; return it and the pipe whose end tells it to die with us."""
        lifeline_end, lifeline = os.pipe()
        pipes = {stream: os.pipe() for stream in ("frames", "stdout", "stderr")}
        writing = {stream: end for stream, (_, end) in pipes.items()}
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", "patholearn_lab.jobs.child", str(self._folder.path), str(writing["frames"])],
            stdin=lifeline_end,
            stdout=writing["stdout"],
            stderr=writing["stderr"],
            pass_fds=[writing["frames"]],
            cwd=self._folder.path,
            process_group=0,
        )
        for descriptor in (lifeline_end, *writing.values()):
            os.close(descriptor)
        for stream, (reading, _) in pipes.items():
            self._selector.register(reading, selectors.EVENT_READ, stream)
        return child, lifeline

    def _read(self, timeout_s: float) -> bool:
        """Take what the child has printed, waiting for it a little; return whether there was anything."""
        if not self._selector.get_map():
            # Every pipe is closed, but the child lives on: there is nothing to wait for but time.
            time.sleep(timeout_s)
            return False
        ready = self._selector.select(timeout_s)
        for key, _ in ready:
            data = os.read(key.fd, _READ)
            if not data:
                self._selector.unregister(key.fd)
                os.close(key.fd)
            elif key.data == "frames":
                for stream, content in self._frames.feed(data):
                    self._log.feed(stream, content)
            else:
                self._log.feed(key.data, data)
        if ready:
            self._log.flush()
        return bool(ready)

    def _drain(self) -> None:
        until = time.monotonic() + _DRAIN_S
        while self._selector.get_map() and time.monotonic() < until:
            self._read(_LOOK_EVERY_S)

    def _look(self, child: subprocess.Popen[bytes]) -> None:
        """Do what is due: beat, stop the child, see it off."""
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + _LOOK_EVERY_S
        if now >= self._next_beat:
            self._next_beat = now + HEARTBEAT_S
            self._folder.beat()
        if self._time_limit_s is not None and now - self._began >= self._time_limit_s:
            hours, self._time_limit_s = self._time_limit_s / 3600, None
            if not self._folder.asked_to_stop:
                reason = f"Stopped: a job may run for {hours:g} hours here."
                self._folder.ask_to_stop(StopRequest(reason, keep="best"))
        if self._ranks.count > 1 and not self._rank_lost and (lost := self._ranks.lost(time.time())):
            self._rank_lost = lost
            self._leave_by = now
        if self._stop_at is None and (request := self._folder.stop_request()):
            self._stop_grace_s = KEEP_GRACE_S if request.keep in ("best", "last") else self._stop_grace_s
            self._stop_at = now + self._stop_grace_s
            self._folder.move_to("stopping", request.reason)
        if self._leave_by is None and self._folder.has_outcome:
            self._leave_by = now + _FAREWELL_S
        if self._stop_at is not None and now >= self._stop_at and self._leave_by is None:
            self._log.notice(f"The job did not stop by itself within {self._stop_grace_s:g} s. It is ended now.")
            self._leave_by = now
        if self._leave_by is not None and now >= self._leave_by:
            _end_group(child.pid, child)


def _end_group(group: int, leader: subprocess.Popen[bytes] | None = None) -> None:
    """End every process of a group: asked first, and killed where it stays.

    `leader` is the group's child of ours, where it still lives: it has to be collected to be seen gone.
    """
    try:
        os.killpg(group, signal.SIGTERM)
        until = time.monotonic() + _KILL_AFTER_S
        while time.monotonic() < until and _lives(group, leader):
            time.sleep(0.02)
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        # Nobody is left. (macOS says "not permitted" where only processes are left that wait to be collected.)
        return


def _lives(group: int, leader: subprocess.Popen[bytes] | None) -> bool:
    if leader is not None:
        leader.poll()
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def main(arguments: list[str]) -> None:
    """Watch over the job whose run folder is the only argument, unless it was started or withdrawn already."""
    folder = RunFolder(Path(arguments[0]))
    if folder.state != "queued":
        return
    with folder.watched():
        if folder.begin_session():
            spec = folder.spec()
            late_s = float(spec.get("late_s", LATE_S))
            Supervisor(folder, float(spec["stop_grace_s"]), spec.get("time_limit_s"), late_s).run()


if __name__ == "__main__":
    main(sys.argv[1:])
