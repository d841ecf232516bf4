"""The queue: takes jobs, hands them to the cluster, and answers for them."""

from __future__ import annotations

import json
import logging
import secrets
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError as TaskCancelledError
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from patholearn_lab.errors import ConflictError, JobNotFoundError, JobSpecError, TooLargeError, UnavailableError
from patholearn_lab.jobs.database import ensure_database_is_free
from patholearn_lab.jobs.endings import give_up
from patholearn_lab.jobs.folder import RunFolder
from patholearn_lab.jobs.follow import Follower, Publish
from patholearn_lab.jobs.launch import run_supervised
from patholearn_lab.jobs.models import Job, JobPage, LogPage, MetricPage, MetricPoint, Visibility
from patholearn_lab.jobs.reading import read_epoch_points, read_job, read_log, read_metrics
from patholearn_lab.jobs.states import FINAL
from patholearn_lab.paths import NAME_PATTERN, DataPaths, remove_folder

if TYPE_CHECKING:
    from patholearn_lab.cluster.backend import ClusterBackend, TaskHandle
    from patholearn_lab.jobs.store import JobStore

PAYLOAD_LIMIT = 1_000_000
"""The most bytes that a job's payload may have as JSON."""
NAME_LIMIT = 200
STOP_GRACE_S = 10.0
"""How long a job has to stop by itself before its processes are ended."""
_READY_WITHIN_S = 60.0

_log = logging.getLogger(__name__)


class JobQueue:
    """Jobs of one data folder.

    Parameters
    ----------
    paths
        The data folder. Two queues on one folder do not run a job twice, but each would follow only its own jobs:
        whoever builds a queue sees to it that it is the only one.
    cluster
        Where jobs wait for their turn. The queue closes it.
    kinds
        The import string ``package.module:function`` of each kind of job.
    publish
        Told of every change: the topics ``jobs``, ``job.<id>.metrics`` and ``job.<id>.log``.
    stop_grace_s
        How long a job has to stop by itself when it is cancelled, in seconds.
    """

    def __init__(
        self,
        paths: DataPaths,
        cluster: ClusterBackend,
        kinds: Mapping[str, str],
        publish: Publish,
        *,
        stop_grace_s: float = STOP_GRACE_S,
    ) -> None:
        self._paths = paths
        self._cluster = cluster
        self._kinds = kinds
        self._publish = publish
        self._stop_grace_s = stop_grace_s
        self._follower = Follower(publish, self._save)
        self._tasks: dict[str, TaskHandle] = {}
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
            for job, folder in recover(self._paths, self._opened):
                self._follower.add(job, folder, from_start=False)
                self._hand_over(folder)
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

        Raises
        ------
        JobSpecError
            When there is no such kind, the payload is not JSON, or the name is too long.
        TooLargeError
            When the payload is over 1 MB.
        """
        spec = {
            "kind": kind,
            "target": self._target(kind),
            "name": _ensure_name(name),
            "owner": owner,
            "visibility": visibility,
            "labels": {str(key): str(value) for key, value in (labels or {}).items()},
            "payload": _ensure_payload(payload),
            "stop_grace_s": self._stop_grace_s,
        }
        store = self._store
        now = datetime.now(UTC)
        spec["created_at"] = now.isoformat(timespec="microseconds")
        job_id = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"
        folder = RunFolder.create(self._paths.run(job_id), self._paths.scratch, spec)
        job = read_job(folder)
        store.save(job)
        self._publish("jobs", job.model_dump(mode="json"))
        self._follower.add(job, folder, from_start=True)
        self._hand_over(folder)
        return job

    def find(self, job_id: str) -> Job:
        """Return a job as it is now.

        Raises
        ------
        JobNotFoundError
            When there is none of that id.
        """
        job = self._follower.current(job_id) or self._store.find(job_id)
        if job is None:
            raise _not_found(job_id)
        return job

    def payload(self, job_id: str) -> dict[str, Any]:
        """Return what a job's function is given, as it was asked for.

        Raises
        ------
        JobNotFoundError
            When there is none of that id.
        """
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

    def cancel(self, job_id: str) -> Job:
        """Ask a job to stop, and return it as it is now. One that waits is cancelled at once; one that has ended stays.

        Raises
        ------
        JobNotFoundError
            When there is none of that id.
        """
        folder = self._folder(job_id)
        reason = "Stopped on request."
        if folder.move_to("cancelled", reason, only_from="queued"):
            if task := self._tasks.pop(job_id, None):
                task.withdraw()
        elif folder.state not in FINAL:
            folder.ask_to_stop(reason)
        self._follower.look_soon()
        return read_job(folder)

    def delete(self, job_id: str) -> None:
        """Remove a job that has ended, with everything that it wrote.

        Raises
        ------
        JobNotFoundError
            When there is none of that id.
        ConflictError
            When it has not ended.
        """
        folder = self._folder(job_id)
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
        self._publish("jobs", {"id": job_id, "deleted": True})

    def metrics(self, job_id: str, after: int = 0) -> MetricPage:
        """Return the points after number `after`, at most 20,000: go on with ``next`` until none come.

        Raises
        ------
        JobNotFoundError
            When there is no job of that id.
        """
        return read_metrics(self._folder(job_id), after)

    def epoch_points(self, job_id: str) -> Iterator[MetricPoint]:
        """Yield the points that were written once an epoch.

        Raises
        ------
        JobNotFoundError
            When there is no job of that id.
        """
        return read_epoch_points(self._folder(job_id))

    def log(self, job_id: str, after: int = 0, limit: int = 1000) -> LogPage:
        """Return at most `limit` lines after number `after`; ``after=-200`` begins with the last 200.

        Raises
        ------
        JobNotFoundError
            When there is no job of that id.
        """
        return read_log(self._folder(job_id), after, limit)

    # --- the cluster ---------------------------------------------------------------------------------------------

    def _hand_over(self, folder: RunFolder) -> None:
        threads = self._cluster.info().threads_per_job
        task = self._cluster.submit(run_supervised, str(folder.path), threads, key=folder.id)
        self._tasks[folder.id] = task
        task.add_done_callback(lambda error: self._task_ended(folder, error))

    def _task_ended(self, folder: RunFolder, error: BaseException | None) -> None:
        """Take note that the cluster is done with a job. How the job ended is in its folder, not in `error`."""
        self._tasks.pop(folder.id, None)
        if error is not None and not isinstance(error, TaskCancelledError) and not self._closed:
            _log.error("The cluster could not see job %s to its end.", folder.id, exc_info=error)
            if not folder.is_watched():
                give_up(folder, f"The job could not be started or watched: {error}", "The server's log tells more.")
        self._follower.look_soon()

    # --- checks --------------------------------------------------------------------------------------------------

    def _folder(self, job_id: str) -> RunFolder:
        if not NAME_PATTERN.fullmatch(job_id) or not (folder := RunFolder(self._paths.run(job_id))).path.is_dir():
            raise _not_found(job_id)
        return folder

    def _target(self, kind: str) -> str:
        if kind not in self._kinds:
            known = ", ".join(repr(each) for each in sorted(self._kinds))
            raise JobSpecError(f"There is no kind of job called {kind!r}.", f"The kinds are {known}.", kind=kind)
        return self._kinds[kind]


def _not_found(job_id: str) -> JobNotFoundError:
    return JobNotFoundError(
        f"There is no job {job_id!r}.", "It may have been deleted. List the jobs to see.", job=job_id
    )


def _ensure_name(name: str) -> str:
    if len(name) > NAME_LIMIT:
        raise JobSpecError(
            f"The job's name has {len(name)} characters.", f"Use at most {NAME_LIMIT}.", limit=NAME_LIMIT
        )
    return name


def _ensure_payload(payload: Mapping[str, Any]) -> dict[str, Any]:
    try:
        text = json.dumps(payload, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise JobSpecError(
            f"The job's payload cannot be written as JSON: {error}.",
            "Use numbers, text, lists, mappings with text as keys, true, false and null.",
        ) from error
    if len(text) > PAYLOAD_LIMIT:
        raise TooLargeError(
            f"The job's payload has {len(text):,} bytes; {PAYLOAD_LIMIT:,} are allowed.",
            "Store large things as a data set or a file, and name them in the payload.",
            limit=PAYLOAD_LIMIT,
        )
    value = json.loads(text)
    if not isinstance(value, dict):
        raise JobSpecError(
            f"The job's payload is a {type(value).__name__}.",
            "Give a mapping: it becomes the function's first argument.",
        )
    return value
