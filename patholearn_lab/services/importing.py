"""What is done with a file that has arrived: it is looked into, and becomes a data set, with progress and a way back.

One upload is ``receiving``, ``arrived``, ``checking``, ``checked`` (or ``refused``), ``importing``, ``imported``. What
is kept over a restart of the server is the file; everything after that is done anew.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from patholearn_lab.datasets.choices import ImportChoices, TableChoices
from patholearn_lab.datasets.preview import Preview
from patholearn_lab.datasets.uploads import Upload, UploadBox
from patholearn_lab.errors import CancelledError, ConflictError, PathoLearnError
from patholearn_lab.jobs.models import JobProgress

if TYPE_CHECKING:
    from patholearn_lab.datasets.library import DatasetLibrary
    from patholearn_lab.datasets.manifest import Manifest

State = Literal["receiving", "arrived", "checking", "checked", "refused", "importing", "imported"]

AT_ONCE = 2
"""Files that are read at the same time; the others wait."""

TELL_EVERY_S = 0.3

STOP_S = 30.0
"""How long a reader is given to notice that it should stop."""

_log = logging.getLogger(__name__)


class UploadState(BaseModel):
    """An upload and what became of it.

    Attributes
    ----------
    progress
        Of what is being done with it just now.
    preview
        What was found in it, once it was checked.
    error
        Why it was refused, as errors travel: ``{error, message, hint, details}``. The details of a refused archive may
        have ``files``, a list of ``{file, message}``.
    dataset
        The id that it is imported as.
    """

    model_config = ConfigDict(frozen=True)

    upload: Upload
    state: State
    progress: JobProgress | None = None
    preview: Preview | None = None
    error: dict[str, Any] | None = None
    dataset: str | None = None


class Imports:
    """Checks and imports uploads in threads of its own.

    Parameters
    ----------
    uploads
        Where the files are.
    datasets
        Where they go.
    publish
        Told ``("uploads.<id>", {id, state, progress})`` at every step, and ``("datasets", …)`` of a new data set.
    """

    def __init__(self, uploads: UploadBox, datasets: DatasetLibrary, publish: Callable[[str, Any], Any]) -> None:
        self._uploads = uploads
        self._datasets = datasets
        self._publish = publish
        self._lock = threading.Lock()
        self._works: dict[str, _Work] = {}
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="patholearn-import")

    def find(self, id: str, owner: str | None = None) -> UploadState:
        """Return an upload as it is now.

        Raises
        ------
        NotFoundError
            When there is none, or it is somebody else's.
        """
        with self._lock:
            work = self._works.get(id)
        # What is worked on is whole, and after its import there is no file any more to look at.
        if work is not None and owner in {None, work.upload.owner}:
            return work.shown()
        upload = self._uploads.find(id, owner)
        return UploadState(upload=upload, state="receiving" if upload.missing else "arrived")

    def list(self, owner: str | None = None) -> list[UploadState]:
        """Return the uploads that are not imported yet, the oldest first."""
        found = [self.find(upload.id) for upload in self._uploads.list(owner)]
        return [state for state in found if state.state != "imported"]

    def check(self, id: str, owner: str | None = None, table: TableChoices | None = None) -> UploadState:
        """Begin to look into a file that has arrived. What was checked already is not checked again.

        `table` says what the columns of a table are for; other choices are another look.

        Raises
        ------
        NotFoundError, ConflictError
            When there is no such upload, or parts of it are missing.
        """
        path, upload = self._uploads.whole(id, owner)
        with self._lock:
            work = self._works.setdefault(id, _Work(upload, self._publish))
            if (work.preview is None or work.table != table) and not work.is_busy:
                work.table = table
                look = partial(self._datasets.preview, path, upload.file_name, work, table)
                self._start(work, "checking", look, work.checked)
        return self.find(id, owner)

    def import_as(
        self, id: str, dataset: str, choices: ImportChoices | None = None, owner: str | None = None
    ) -> UploadState:
        """Begin to import a file that has arrived as the data set `dataset`.

        Raises
        ------
        NotFoundError
            When there is no such upload, or it is somebody else's.
        ConflictError
            When parts are missing, the id is taken, or something is being imported under it just now.
        InvalidInputError
            When `dataset` can be no id.
        """
        path, upload = self._uploads.whole(id, owner)
        self._datasets.ensure_free(dataset)
        with self._lock:
            for other in self._works.values():
                if other.state == "importing" and (other.dataset == dataset or other.upload.id == id):
                    raise ConflictError(
                        f"{other.upload.file_name!r} is being imported as {other.dataset!r} just now.",
                        "Wait for it, stop it, or choose another name.",
                        id=dataset,
                    )
            work = self._works.setdefault(id, _Work(upload, self._publish))
            if work.state == "checking":
                raise ConflictError(f"{upload.file_name!r} is being checked.", "Wait for it, or stop it.", id=id)
            work.dataset = dataset
            store = partial(
                self._datasets.import_archive,
                path,
                dataset,
                progress=work,
                owner=upload.owner,
                file_name=upload.file_name,
                choices=choices,
            )
            self._start(work, "importing", store, partial(self._imported, work))
        return self.find(id, owner)

    def stop(self, id: str, owner: str | None = None) -> UploadState:
        """Stop what is being done with an upload; the file stays, and nothing is half imported.

        Raises
        ------
        NotFoundError
            When there is none, or it is somebody else's.
        """
        found = self.find(id, owner)
        with self._lock:
            work = self._works.get(id)
        if work is None:
            return found
        work.stop()
        return self.find(id, owner)

    def forget(self, id: str, owner: str | None = None) -> None:
        """Give an upload up: stop what is being done with it, and delete it.

        Raises
        ------
        NotFoundError
            When there is none, or it is somebody else's.
        """
        self.stop(id, owner)
        with self._lock:
            work = self._works.pop(id, None)
        if work is not None:
            work.wait()
        if work is None or work.state != "imported":
            self._uploads.forget(id, owner)

    def close(self) -> None:
        """Stop everything. The files stay."""
        with self._lock:
            for work in self._works.values():
                work.stop()
        self._pool.shutdown(cancel_futures=True)

    def _start(self, work: _Work, state: State, do: Callable[[], Any], done: Callable[[Any], None]) -> None:
        work.begin(state)
        work.future = self._pool.submit(work.run, do, done)

    def _imported(self, work: _Work, manifest: Manifest) -> None:
        work.preview, work.state = None, "imported"
        self._uploads.forget(work.upload.id)
        self._publish("datasets", {"id": manifest.id, "deleted": False})
        work.end("imported")


class _Work:
    """What is being done with one upload; its progress."""

    def __init__(self, upload: Upload, publish: Callable[[str, Any], Any]) -> None:
        from patholearn_lab.jobs.context import Eta

        self.upload = upload
        self.state: State = "arrived"
        self.preview: Preview | None = None
        self.dataset: str | None = None
        self.table: TableChoices | None = None
        self.cancelled = False
        self.future: Future[None] | None = None
        self._before: State = "arrived"
        self._error: dict[str, Any] | None = None
        self._progress: JobProgress | None = None
        self._publish = publish
        self._eta = Eta()
        self._told = 0.0

    @property
    def is_busy(self) -> bool:
        return self.state in {"checking", "importing"}

    def shown(self) -> UploadState:
        return UploadState(
            upload=self.upload,
            state=self.state,
            progress=self._progress,
            preview=self.preview,
            error=self._error,
            dataset=self.dataset,
        )

    def report(self, done: float, total: float | None, stage: str = "") -> None:
        """Say how far it is; told on a few times a second."""
        eta_s = self._eta.estimate(done, total, stage)
        self._progress = JobProgress(done=done, total=total, stage=stage, eta_s=eta_s)
        if time.monotonic() - self._told >= TELL_EVERY_S:
            self._tell()

    def log(self, message: str) -> None:
        """Write one line into the server's log."""
        _log.info("%s: %s", self.upload.file_name, message)

    def begin(self, state: State) -> None:
        self._before = "checked" if self.preview else "arrived"
        self.cancelled = False
        self._error = None
        self._progress = JobProgress(done=0, stage="Waiting")
        self.state = state
        self._tell()

    def stop(self) -> None:
        """Ask for it to stop; what still waits for its turn has stopped when this returns."""
        self.cancelled = True
        if self.is_busy and self.future is not None and self.future.cancel():
            self.end(self._before)

    def wait(self) -> None:
        """Wait until nobody reads the file any more."""
        if self.future is not None:
            wait([self.future], STOP_S)

    def run(self, do: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """Do it, and keep what came of it; nothing is raised."""
        try:
            if self.cancelled:
                raise CancelledError("Stopped on request.")
            done(do())
        except CancelledError:
            self.end(self._before)
        except PathoLearnError as error:
            self._error = error.to_dict()
            self.end("refused")
        except Exception as error:
            _log.exception("%s could not be read.", self.upload.file_name)
            self._error = {
                "error": "internal",
                "message": f"{self.upload.file_name!r} could not be read: {type(error).__name__}: {error}",
                "hint": "The log of the Jupyter server has the details; please report them.",
                "details": {},
            }
            self.end("refused")

    def checked(self, preview: Preview) -> None:
        self.preview = preview
        self.end("checked")

    def end(self, state: State) -> None:
        self._progress = None
        self.state = state
        self._tell()

    def _tell(self) -> None:
        self._told = time.monotonic()
        progress = self._progress.model_dump() if self._progress else None
        self._publish(f"uploads.{self.upload.id}", {"id": self.upload.id, "state": self.state, "progress": progress})
