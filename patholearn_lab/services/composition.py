"""Builds every part from plain settings, each on first use, and starts and stops what has to be running."""

from __future__ import annotations

import logging
import shutil
from functools import cached_property
from typing import TYPE_CHECKING, Any

from patholearn_lab.audit import append_audit, switch_audit
from patholearn_lab.errors import PathoLearnError
from patholearn_lab.jobs.confine import ensure_can_confine
from patholearn_lab.jobs.states import FINAL
from patholearn_lab.paths import DataPaths
from patholearn_lab.services.events import EventHub
from patholearn_lab.services.folder_lock import FolderLock
from patholearn_lab.services.housekeeping import Housekeeping
from patholearn_lab.services.settings import Settings
from patholearn_lab.services.webhook import Webhook

if TYPE_CHECKING:
    from patholearn_lab.cluster.backend import ClusterBackend
    from patholearn_lab.codegen.cell import EmittedCell
    from patholearn_lab.datasets.library import DatasetLibrary
    from patholearn_lab.datasets.uploads import UploadBox
    from patholearn_lab.graph.document import Document
    from patholearn_lab.jobs.queue import JobQueue
    from patholearn_lab.services.diagnosing import Diagnosing
    from patholearn_lab.services.experiments import Experiments
    from patholearn_lab.services.importing import Imports
    from patholearn_lab.services.measuring import Measuring
    from patholearn_lab.services.repeating import Repeating
    from patholearn_lab.services.versions import VersionStore
    from patholearn_lab.serving.library import ModelLibrary
    from patholearn_lab.serving.predict import Predictor

_log = logging.getLogger(__name__)


_MAKES = {
    "training": ("models", "model"),
    "export": ("models", "model"),
    "import": ("datasets", "dataset"),
    "download": ("datasets", "dataset"),
}
"""What a kind of job makes: the topic under which that is told, and where its result names it."""


class Services:
    """Every part of PathoLearn Lab over one data folder.

    Parts are built on first use, so that building `Services` imports nothing heavy.

    Parameters
    ----------
    settings
        The plain settings.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.paths = DataPaths(settings.data_dir)
        self.events = EventHub()
        self._lock = FolderLock(self.paths.lock)
        self._housekeeping = Housekeeping(self.paths, settings.keep_logs_days)
        self._webhook = Webhook(settings.webhook_url) if settings.webhook_url else None

    def record(self, action: str, *, who: str, **facts: Any) -> None:
        """Write into the audit log that `who` did `action` to the thing that `facts` name."""
        append_audit(self.paths.audit, action, who=who, **facts)

    @cached_property
    def datasets(self) -> DatasetLibrary:
        """The data sets."""
        from patholearn_lab.datasets.library import DatasetLibrary

        return DatasetLibrary(self.paths)

    def datasets_of(self, who: str | None) -> DatasetLibrary:
        """Return the data sets that a person may see; all where None, which is one person alone."""
        if who is None:
            return self.datasets
        from patholearn_lab.datasets.shared_library import SharedLibrary

        return SharedLibrary(self.paths, who)

    @cached_property
    def uploads(self) -> UploadBox:
        """The files that are on their way."""
        from patholearn_lab.datasets.uploads import UploadBox

        return UploadBox(self.paths, self.settings.max_upload_bytes, self.settings.uploads_kept_days)

    @cached_property
    def imports(self) -> Imports:
        """What becomes of uploads."""
        from patholearn_lab.services.importing import Imports

        return Imports(self.uploads, self.datasets, self.events.publish)

    @cached_property
    def measuring(self) -> Measuring:
        """Measures the images of sets."""
        from patholearn_lab.services.measuring import Measuring

        return Measuring(self.paths, self.datasets, self.events.publish)

    @cached_property
    def cluster(self) -> ClusterBackend:
        """Where jobs run; it starts with the first job."""
        from patholearn_lab.cluster.choice import backend_of

        return backend_of(self.settings.cluster, self.paths.root)

    @cached_property
    def jobs(self) -> JobQueue:
        """The queue of jobs."""
        from patholearn_lab.jobs.queue import JobQueue
        from patholearn_lab.services.job_kinds import JOB_KINDS
        from patholearn_lab.services.searching import Searching

        settings = self.settings
        queue = JobQueue(
            self.paths,
            self.cluster,
            JOB_KINDS,
            self._publish,
            limits=settings.job_limits,
            tries=settings.job_tries,
            late_s=settings.worker_silence_s,
            writable=settings.jobs_may_write if settings.confine_jobs else None,
        )
        self._searching = Searching(queue, self._emitted)
        queue.conduct("search", self._searching.conduct)
        return queue

    def _emitted(self, document: Document) -> EmittedCell:
        from patholearn_lab.codegen import emit_cell

        return emit_cell(document, self.datasets.shape)

    @cached_property
    def versions(self) -> VersionStore:
        """The versions of drawings."""
        from patholearn_lab.services.versions import VersionStore

        return VersionStore(self.paths, self.datasets.shape, self.events.publish)

    @cached_property
    def repeating(self) -> Repeating:
        """Trains runs again."""
        from patholearn_lab.services.repeating import Repeating

        return Repeating(self.paths, self.jobs, self.datasets)

    @cached_property
    def diagnosing(self) -> Diagnosing:
        """Says what went wrong with runs, and what their curves mean."""
        from patholearn_lab.services.diagnosing import Diagnosing

        return Diagnosing(self.paths, self.jobs, self.datasets)

    @cached_property
    def experiments(self) -> Experiments:
        """Writes runs as folders for other machines."""
        from patholearn_lab.services.experiments import Experiments

        return Experiments(self.paths, self.jobs, self.datasets)

    @cached_property
    def models(self) -> ModelLibrary:
        """The models."""
        from patholearn_lab.serving.library import ModelLibrary

        return ModelLibrary(self.paths)

    @cached_property
    def predictor(self) -> Predictor:
        """Asks the models."""
        from patholearn_lab.serving.predict import Predictor

        return Predictor(self.models)

    def start(self) -> None:
        """Take the data folder, clear what a crash left half-finished, find the jobs again and follow them.

        Raises
        ------
        StartupError
            When the folder cannot be written to or another server has it, when the database is busy or broken, or when
            jobs shall be confined and the machine cannot do that.
        """
        if self.settings.confine_jobs:
            ensure_can_confine()
        self.paths.ensure()
        self._lock.acquire()
        try:
            _empty(self.paths)
            switch_audit(self.paths.audit, on=self.settings.audit)
            self.uploads.clear()
            self.jobs.start()
            self._housekeeping.start()
        except BaseException:
            self._lock.release()
            raise

    def _publish(self, topic: str, data: Any) -> None:
        """Tell what the jobs tell, and of a job that ended with a model or a data set also that there is a new one."""
        self.events.publish(topic, data)
        if topic == "jobs" and self._webhook is not None and data.get("state") in FINAL:
            self._webhook.job_ended(data)
        if topic == "jobs" and data.get("state") == "queued" and data["kind"] == "training":
            self._keep_drawing(data["id"], data["owner"])
        # A deleted job is told with its id alone.
        if topic == "jobs" and data.get("state") == "done" and data["kind"] in _MAKES:
            topic, thing = _MAKES[data["kind"]]
            if made := (data["result"] or {}).get(thing):
                self.events.publish(topic, {**({"id": made} if thing == "dataset" else made), "deleted": False})

    def _keep_drawing(self, job_id: str, owner: str) -> None:
        """Keep the drawing of a training as a version, whoever started it. A training waits for no version."""
        from patholearn_lab.graph.document import read_document

        document = self.jobs.payload(job_id).get("document")
        meta = document.get("meta") if isinstance(document, dict) else None
        try:
            # Without an id nobody could find the version again.
            if isinstance(document, dict) and isinstance(meta, dict) and meta.get("id"):
                self.versions.keep(read_document(document), job_id, owner)
        except (PathoLearnError, OSError) as error:
            _log.warning("The drawing of the run %s was not kept as a version: %s", job_id, error)

    def close(self) -> None:
        """Stop following jobs and let go of the data folder. Jobs that run go on by themselves."""
        if self._webhook is not None:
            self._webhook.close()
        try:
            self._housekeeping.close()
            if "jobs" in self.__dict__:
                self._searching.close()
            for name in ("imports", "measuring", "jobs", "predictor"):  # the queue closes its cluster
                if name in self.__dict__:
                    getattr(self, name).close()
        finally:
            self._lock.release()


def _empty(paths: DataPaths) -> None:
    for leftover in paths.scratch.iterdir():
        if leftover.is_dir() and not leftover.is_symlink():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)
