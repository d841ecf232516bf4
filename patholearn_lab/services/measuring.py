"""The images of a set are measured once, in a thread of the server: with progress, and a way to stop it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from patholearn_lab.errors import CancelledError, PathoLearnError
from patholearn_lab.jobs.models import JobProgress

if TYPE_CHECKING:
    from pathlib import Path

    from patholearn_lab.datasets.library import DatasetLibrary
    from patholearn_lab.datasets.store import DatasetStore
    from patholearn_lab.paths import DataPaths

TELL_EVERY_S = 0.3

_log = logging.getLogger(__name__)


class MeasuringState(BaseModel):
    """How far the measuring of a set's images is.

    Attributes
    ----------
    dataset, version
        Of which set.
    state
        ``open`` where nobody has measured them yet, ``measuring``, ``measured``, or ``failed``.
    progress
        While they are measured.
    error
        Why it failed, as errors travel.
    """

    model_config = ConfigDict(frozen=True)

    dataset: str
    version: int
    state: Literal["open", "measuring", "measured", "failed"]
    progress: JobProgress | None = None
    error: dict[str, Any] | None = None


class Measuring:
    """Measures one set at a time; others wait.

    Parameters
    ----------
    paths
        Where what was measured is kept.
    datasets
        The sets.
    publish
        Told ``("measuring.<dataset>", state)`` a few times a second.
    """

    def __init__(self, paths: DataPaths, datasets: DatasetLibrary, publish: Callable[[str, Any], Any]) -> None:
        self._paths = paths
        self._datasets = datasets
        self._publish = publish
        self._lock = threading.Lock()
        self._passes: dict[str, _Pass] = {}
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="patholearn-measuring")

    def begin(self, id: str) -> MeasuringState:
        """Begin to measure the newest version of a set, unless that is done or under way.

        Raises
        ------
        DatasetNotFoundError, DatasetError
            When there is no such set, or it has no images.
        """
        from patholearn_lab.datasets.measures import ensure_images

        store = self._datasets.open(id)
        ensure_images(store)
        with self._lock:
            if self._shown(store).state in {"open", "failed"}:
                self._passes[id] = work = _Pass(store, self._publish)
                self._pool.submit(work.run, store, self._file(store))
        return self.find(id)

    def find(self, id: str) -> MeasuringState:
        """Return how far a set is.

        Raises
        ------
        DatasetNotFoundError
            When there is no such set.
        """
        return self._shown(self._datasets.open(id))

    def stop(self, id: str) -> MeasuringState:
        """Stop measuring a set; nothing is kept of what was measured so far.

        Raises
        ------
        DatasetNotFoundError
            When there is no such set.
        """
        with self._lock:
            work = self._passes.pop(id, None)
        if work is not None:
            work.cancelled = True
        return self.find(id)

    def close(self) -> None:
        """Stop everything."""
        with self._lock:
            for work in self._passes.values():
                work.cancelled = True
        self._pool.shutdown(cancel_futures=True)

    def _shown(self, store: DatasetStore) -> MeasuringState:
        manifest = store.manifest
        work = self._passes.get(manifest.id)
        if work is not None and work.state.version == manifest.version and work.state.state != "measured":
            return work.state
        state: Literal["open", "measured"] = "measured" if self._file(store).exists() else "open"
        return MeasuringState(dataset=manifest.id, version=manifest.version, state=state)

    def _file(self, store: DatasetStore) -> Path:
        return self._paths.dataset_measures(store.manifest.id, store.manifest.version)


class _Pass:
    """One pass over a set; its progress."""

    def __init__(self, store: DatasetStore, publish: Callable[[str, Any], Any]) -> None:
        from patholearn_lab.jobs.context import Eta

        self.cancelled = False
        self.state = MeasuringState(
            dataset=store.manifest.id,
            version=store.manifest.version,
            state="measuring",
            progress=JobProgress(done=0, total=len(store), stage="Waiting"),
        )
        self._publish = publish
        self._eta = Eta()
        self._told = 0.0

    def run(self, store: DatasetStore, file: Path) -> None:
        """Measure, and keep what came of it in `file`; nothing is raised."""
        from patholearn_lab.datasets.measures import Measures

        try:
            Measures.kept(file, store, self)
        except CancelledError:
            self._tell(state="open", progress=None)
        except PathoLearnError as error:
            self._tell(state="failed", progress=None, error=error.to_dict())
        except Exception as error:
            _log.exception("The images of %s could not be measured.", self.state.dataset)
            message = f"The images could not be measured: {type(error).__name__}: {error}"
            hint = "The log of the Jupyter server has the details; please report them."
            told = {"error": "internal", "message": message, "hint": hint, "details": {}}
            self._tell(state="failed", progress=None, error=told)
        else:
            self._tell(state="measured", progress=None)

    def report(self, done: float, total: float | None, stage: str = "") -> None:
        """Say how far it is."""
        progress = JobProgress(done=done, total=total, stage=stage, eta_s=self._eta.estimate(done, total, stage))
        self.state = self.state.model_copy(update={"progress": progress})
        if time.monotonic() - self._told >= TELL_EVERY_S:
            self._tell()

    def log(self, message: str) -> None:
        """Write one line into the server's log."""
        _log.info("%s: %s", self.state.dataset, message)

    def _tell(self, **changes: Any) -> None:
        self._told = time.monotonic()
        self.state = self.state.model_copy(update=changes)
        self._publish(f"measuring.{self.state.dataset}", self.state.model_dump(mode="json"))
