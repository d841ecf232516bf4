"""The queue: takes jobs, hands them to the cluster, and answers for them."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError as TaskCancelledError
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from patholearn_lab.cluster.resources import Resources
from patholearn_lab.errors import ConflictError, UnavailableError
from patholearn_lab.jobs.asking import Kinds, asked, ensure_kind, ensure_possible
from patholearn_lab.jobs.database import ensure_database_is_free
from patholearn_lab.jobs.dispatch import Dispatcher
from patholearn_lab.jobs.endings import give_up, settle
from patholearn_lab.jobs.folder import Keep, RunFolder
from patholearn_lab.jobs.follow import Follower, Publish
from patholearn_lab.jobs.models import Job, JobPage, Visibility, Waiting
from patholearn_lab.jobs.ranks import LATE_S
from patholearn_lab.jobs.reading import read_job
from patholearn_lab.jobs.recordings import Recordings, not_found
from patholearn_lab.jobs.scheduling import JobLimits, Priority
from patholearn_lab.jobs.states import FINAL
from patholearn_lab.jobs.steering import Steering
from patholearn_lab.paths import DataPaths, remove_folder

if TYPE_CHECKING:
    from patholearn_lab.cluster.backend import ClusterBackend
    from patholearn_lab.jobs.store import JobStore

STOP_GRACE_S = 10.0
"""How long a job has to stop by itself before its processes are ended."""
TRIES = 3
NO_LIMITS = JobLimits()
PAST = 2000
"""How many of the newest jobs are looked at for what people used lately."""
_READY_WITHIN_S = 60.0

_log = logging.getLogger(__name__)


class JobQueue(Recordings):
    """Jobs of one data folder.

    Parameters
    ----------
    paths
        The data folder. Two queues on one folder do not run a job twice, but each would follow only its own jobs:
        whoever builds a queue sees to it that it is the only one.
    cluster
        Where jobs wait for their turn. The queue closes it.
    kinds
        What a job may be, by name.
    publish
        Told of every change: the topics ``jobs``, ``job.<id>.metrics`` and ``job.<id>.log``.
    stop_grace_s
        How long a job has to stop by itself when it is cancelled, in seconds.
    limits
        What one person, and one job, may take.
    tries
        How many times a job that can go on from a checkpoint is started when its worker is lost.
    late_s
        After how many seconds without a beat one of several workers of a job counts as lost.
    writable
        Where jobs may write besides their own places, when they are confined (see ``confine.py``); None: anywhere.
    """

    def __init__(
        self,
        paths: DataPaths,
        cluster: ClusterBackend,
        kinds: Kinds,
        publish: Publish,
        *,
        stop_grace_s: float = STOP_GRACE_S,
        limits: JobLimits = NO_LIMITS,
        tries: int = TRIES,
        late_s: float = LATE_S,
        writable: Sequence[str] | None = None,
    ) -> None:
        super().__init__(paths)
        self._cluster = cluster
        self._kinds = kinds
        self._publish = publish
        self._stop_grace_s = stop_grace_s
        self._limits = limits
        self._tries = tries
        self._run_by = {"late_s": late_s, "writable": None if writable is None else list(writable)}
        self._follower = Follower(publish, self._save, self._read, self._settle)
        self._dispatcher = Dispatcher(cluster, limits, self._task_ended)
        self._steering = Steering(self._dispatcher)
        self._ready = threading.Event()
        self._opening_error: BaseException | None = None
        self._opened: JobStore | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    # --- its own life --------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Find the jobs again and follow them. It returns at once; the first call that needs the index waits for it.

        Raises
        ------
        StartupError
            When the database is busy or damaged.
        """
        ensure_database_is_free(self._paths.database)
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)
        self._thread.start()

    def conduct(self, kind: str, conductor: Callable[[RunFolder], None]) -> None:
        """Have `conductor` do the jobs of a conducted kind, given their folders. Call it before :meth:`start`."""
        self._dispatcher.conduct(kind, conductor)

    def close(self) -> None:
        """Stop following. Jobs that run go on, jobs that wait will wait; the next :meth:`start` finds them again."""
        if self._closed:
            return
        self._closed = True
        self._follower.close()
        if self._thread is not None:
            self._thread.join()
        self._cluster.close()
        if self._opened is not None:
            self._opened.close()

    def _run(self) -> None:
        try:
            from patholearn_lab.jobs.recovery import recover
            from patholearn_lab.jobs.store import JobStore

            self._opened = JobStore(self._paths.database)
            live = recover(self._paths, self._opened)
            self._dispatcher.remember(self._opened.newest(None, {}, PAST, None))
            for job, folder in live:
                self._follower.add(job, folder, from_start=False)
                if job.state == "queued":
                    self._dispatcher.add(folder, job)
                elif job.state != "paused":
                    self._dispatcher.adopt(folder, job)
        except Exception as error:
            # Told to everybody who asks for jobs; the thread has nobody else to tell.
            _log.exception("The jobs in %s cannot be found again.", self._paths.root)
            self._opening_error = error
        self._ready.set()
        if self._opening_error is None:
            self._follower.run()

    @property
    def _store(self) -> JobStore:
        if self._thread is None or self._closed:
            raise UnavailableError("The job queue does not run.", "Start the server again.")
        if not self._ready.wait(_READY_WITHIN_S) or self._opened is None or self._opening_error is not None:
            raise UnavailableError(
                f"The index of jobs cannot be read: {self._opening_error or 'it takes too long to open'}.",
                "The server's log tells more. The index can be removed while the server is stopped: it is built anew.",
                file=str(self._paths.database),
            ) from self._opening_error
        return self._opened

    def _save(self, job: Job) -> None:
        assert self._opened is not None  # the follower runs only when the index is open
        self._opened.save(job)

    # --- jobs ----------------------------------------------------------------------------------------------------

    def submit(
        self,
        kind: str,
        payload: Mapping[str, Any],
        *,
        name: str = "",
        owner: str = "",
        labels: Mapping[str, str] | None = None,
        visibility: Visibility = "private",
        priority: Priority = "normal",
        resources: Resources | None = None,
    ) -> Job:
        """Queue a job and return it.

        Parameters
        ----------
        kind
            One of the queue's kinds.
        payload
            What the job's function is given: at most 1 MB as JSON.
        name
            For people; at most 200 characters.
        owner
            Who asks.
        labels
            By which the job is found again.
        visibility
            Who may see it.
        priority
            Which of the owner's jobs goes first.
        resources
            What it needs of the cluster; what jobs of its kind need where None.

        Raises
        ------
        JobSpecError
            When there is no such kind, the payload is not JSON or not what the kind takes, the name is too long, or no
            machine of the cluster, or no limit of the owner, could ever give what it needs.
        TooLargeError
            When the payload is over 1 MB.
        """
        chosen = ensure_kind(self._kinds, kind)
        resources = chosen.needs if resources is None else resources
        ensure_possible(resources, self._cluster.info(), self._limits)
        hours = self._limits.hours_per_job
        store = self._store
        now = datetime.now(UTC)
        spec = {
            **asked(chosen, kind, payload, name, owner, labels or {}, visibility, priority, resources),
            "stop_grace_s": self._stop_grace_s,
            "time_limit_s": None if hours is None else hours * 3600,
            # A conductor is lost with every stop of the server, and goes on each time.
            "tries": 1000 if chosen.conducted else self._tries,
            **self._run_by,
            "on_one_machine": self._cluster.info().on_one_machine,
            "created_at": now.isoformat(timespec="microseconds"),
        }
        job_id = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"
        folder = RunFolder.create(self._paths.run(job_id), self._paths.scratch, spec)
        job = read_job(folder)
        store.save(job)
        self._publish("jobs", job.model_dump(mode="json"))
        self._follower.add(job, folder, from_start=True)
        self._dispatcher.add(folder, job)
        return self._read(folder)

    def find(self, job_id: str) -> Job:
        """Return a job as it is now.

        Raises
        ------
        JobNotFoundError
            When there is none of that id.
        """
        job = self._follower.current(job_id) or self._store.find(job_id)
        if job is None:
            raise not_found(job_id)
        return job

    def payload(self, job_id: str) -> dict[str, Any]:
        """Return what a job's function is given, as it was asked for."""
        return dict(self._folder(job_id).spec()["payload"])

    def list(
        self,
        kind: str | None = None,
        labels: Mapping[str, str] | None = None,
        limit: int = 50,
        before: str | None = None,
    ) -> JobPage:
        """Return jobs, the newest first; only those of `kind` and with all of `labels` where they are given.

        `before` is the ``next`` of the page before.
        """
        found = self._store.newest(kind, labels or {}, limit + 1, before)
        page = [self._follower.current(job.id) or job for job in found[:limit]]
        return JobPage(items=tuple(page), next=page[-1].id if len(found) > limit else None)

    def cancel(self, job_id: str, keep: Keep | None = None) -> Job:
        """Ask a job to stop, and return it as it is now. One that waits is cancelled at once; one that has ended stays.

        Parameters
        ----------
        job_id
            Which.
        keep
            ``"best"`` or ``"last"`` lets a job that can go on from checkpoints finish with that state now, with a
            result (a training: tested, exported, published); ``"nothing"`` removes its checkpoints. None stops it and
            leaves what it wrote.

        Raises
        ------
        JobNotFoundError
            When there is none of that id.
        """
        folder = self._folder(job_id)
        self._steering.cancel(folder, keep)
        return self._changed(folder)

    def pause(self, job_id: str) -> Job:
        """Ask a job to stop such that it can go on later from its last checkpoint; one that waits is held at once.

        Raises
        ------
        JobNotFoundError
            When there is none of that id.
        ConflictError
            When it has ended, or has no checkpoints to go on from.
        """
        folder = self._folder(job_id)
        self._steering.pause(folder)
        return self._changed(folder)

    def resume(self, job_id: str) -> Job:
        """Queue a paused job again; it goes on from its last checkpoint.

        Raises
        ------
        JobNotFoundError
            When there is none of that id.
        ConflictError
            When it is not paused.
        """
        folder = self._folder(job_id)
        self._steering.resume(folder)
        return self._changed(folder)

    def prioritize(self, job_id: str, priority: Priority) -> Job:
        """Change which of its owner's jobs a waiting job goes before.

        Raises
        ------
        JobNotFoundError
            When there is none of that id.
        JobSpecError
            When there is no such priority.
        ConflictError
            When it waits no longer.
        """
        folder = self._folder(job_id)
        self._steering.prioritize(folder, priority)
        return self._changed(folder)

    def delete(self, job_id: str) -> None:
        """Remove a job that has ended, or is paused, with everything that it wrote.

        Raises
        ------
        JobNotFoundError
            When there is none of that id.
        ConflictError
            When it has not ended.
        """
        folder = self._folder(job_id)
        if folder.state == "paused":
            self._steering.end_idle(folder, "cancelled", "Deleted.")
        state = folder.state
        if state not in FINAL:
            raise ConflictError(
                f"The job {job_id!r} is {state} and cannot be deleted.",
                "Cancel it first, and delete it when it has stopped.",
                job=job_id,
                state=state,
            )
        self._follower.drop(job_id)
        remove_folder(folder.path, self._paths.scratch)
        self._store.delete(job_id)
        self._curves.forget(job_id)
        self._publish("jobs", {"id": job_id, "deleted": True})

    # --- the cluster ---------------------------------------------------------------------------------------------

    def _read(self, folder: RunFolder) -> Job:
        """Return a job as its folder tells it, with its place in the queue."""
        job = read_job(folder)
        wait = self._dispatcher.wait_of(job.id) if job.state == "queued" else None
        return job if wait is None else job.model_copy(update={"waiting": Waiting(**asdict(wait))})

    def _settle(self, folder: RunFolder) -> None:
        """See to a job that nobody watches: it has ended, or it is queued again."""
        settle(folder)
        if (job := read_job(folder)).state == "queued":
            self._dispatcher.add(folder, job)

    def _task_ended(self, folder: RunFolder, error: BaseException | None) -> None:
        """Take note that the cluster is done with a job. How the job ended is in its folder, not in `error`."""
        if error is not None and not isinstance(error, TaskCancelledError) and not self._closed:
            _log.error("The cluster could not see job %s to its end.", folder.id, exc_info=error)
            if not folder.is_watched():
                give_up(folder, f"The job could not be started or watched: {error}", "The server's log tells more.")
        if error is None and (job := read_job(folder)).state == "queued":
            # It lost a worker, and goes on from its last checkpoint.
            self._dispatcher.add(folder, job)
        self._follower.look_soon()

    def look(self) -> None:
        """Start what has its turn now: the cluster has more room than before, perhaps."""
        self._dispatcher.look()

    @property
    def live(self) -> int:
        """How many jobs wait or run: while there are any, the server is not idle."""
        return self._dispatcher.live

    def _changed(self, folder: RunFolder) -> Job:
        self._follower.look_soon()
        return self._read(folder)
