"""The client whose work is done in this process. The server's handlers answer with it, so that near and far agree."""

from __future__ import annotations

import builtins
import platform
import shutil
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import patholearn_lab
from patholearn_lab.client.cards import LocalCards
from patholearn_lab.client.cluster import LocalClusterCalls
from patholearn_lab.client.curation import LocalCuration
from patholearn_lab.client.interface import Client
from patholearn_lab.client.keeping import LocalKeeping
from patholearn_lab.client.local_architectures import LocalArchitectures
from patholearn_lab.client.local_events import LocalEvents
from patholearn_lab.client.local_models import LocalModels
from patholearn_lab.client.local_uploads import LocalUploads, choices_of
from patholearn_lab.client.looking import LocalLooking
from patholearn_lab.client.models import (
    Counts,
    Limits,
    Sample,
    SamplePage,
    Status,
)
from patholearn_lab.client.own_data import OwnData
from patholearn_lab.client.public_sets import LocalPublicSets
from patholearn_lab.client.runs_table import RunsTable, runs_table
from patholearn_lab.client.used_sets import ensure_usable
from patholearn_lab.client.versions import LocalRunDrawings, LocalVersions
from patholearn_lab.cluster.resources import read_resources
from patholearn_lab.errors import DatasetNotFoundError
from patholearn_lab.jobs.models import log_filter
from patholearn_lab.services import Services

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from patholearn_lab.datasets.builtin import BuiltinCard
    from patholearn_lab.datasets.library import DatasetLibrary
    from patholearn_lab.datasets.manifest import Looks, Manifest, Split
    from patholearn_lab.jobs.folder import Keep
    from patholearn_lab.jobs.levels import LogLevel
    from patholearn_lab.jobs.models import CurvePage, Job, JobPage, LogPage, LogStream, MetricPage
    from patholearn_lab.jobs.scheduling import Priority
    from patholearn_lab.training.findings import Diagnosis
    from patholearn_lab.training.record import TrainingRecord
    from patholearn_lab.training.spec import CheckpointName

_PACKAGES = ("torch", "lightning", "onnxruntime", "dask", "numpy")


class LocalClient(Client):
    """Works on services in this process.

    Parameters
    ----------
    services
        Started services.
    owner
        Who asks, of several people: what is private to others is refused. Where None there is one person alone, who
        may do everything, and what is made belongs to the settings' owner.
    owns_services
        Whether closing the client closes the services as well.
    """

    def __init__(self, services: Services, owner: str | None = None, *, owns_services: bool = False) -> None:
        self.services = services
        self.owner = owner or services.settings.owner
        self._who = owner
        self._owns_services = owns_services

    @cached_property
    def _library(self) -> DatasetLibrary:
        return self.services.datasets_of(self._who)

    @cached_property
    def datasets(self) -> LocalDatasets:  # type: ignore[override]
        """The data sets."""
        return LocalDatasets(self.services, self.owner, self._library)

    @cached_property
    def uploads(self) -> LocalUploads:  # type: ignore[override]
        """Files on their way."""
        return LocalUploads(self.services, self.owner)

    @cached_property
    def architectures(self) -> LocalArchitectures:  # type: ignore[override]
        """Drawn networks."""
        return LocalArchitectures(self._library.shape, self.services.settings.network_limits)

    @cached_property
    def versions(self) -> LocalVersions:  # type: ignore[override]
        """The history of drawings."""
        return LocalVersions(self.services, self.owner)

    @cached_property
    def jobs(self) -> LocalJobs:  # type: ignore[override]
        """Long work."""
        return LocalJobs(self.services, self.owner, self._library)

    @cached_property
    def cluster(self) -> LocalClusterCalls:  # type: ignore[override]
        """Where jobs run."""
        return LocalClusterCalls(self.services, self.owner)

    @cached_property
    def models(self) -> LocalModels:  # type: ignore[override]
        """Trained networks."""
        return LocalModels(self.services, self.owner, self._library)

    @cached_property
    def events(self) -> LocalEvents:  # type: ignore[override]
        """What happens."""
        return LocalEvents(self.services)

    def status(self) -> Status:
        """Return versions, counts and limits."""
        services = self.services
        live = [job for job in services.jobs.list(limit=1000).items if not job.final]
        return Status(
            version=patholearn_lab.__version__,
            user=self.owner,
            versions={"python": platform.python_version(), **_package_versions()},
            counts=Counts(
                datasets=len(self._library.list()), jobs_running=len(live), models=len(services.models.list())
            ),
            limits=Limits(max_upload_mb=services.settings.max_upload_mb, jobs_at_once=services.settings.jobs_at_once),
            seq=services.events.seq,
        )

    def close(self) -> None:
        """End the subscriptions, and close the services where the client owns them."""
        if "events" in self.__dict__:
            self.events.close()
        if self._owns_services:
            self.services.close()


class LocalDatasets(LocalCards, LocalCuration, LocalKeeping, LocalLooking, LocalPublicSets, OwnData):
    """The data sets of this process."""

    def list(self) -> builtins.list[Manifest]:
        """Return the newest version of every stored data set."""
        return builtins.list(self._library.list())

    def builtins(self) -> builtins.list[BuiltinCard]:
        """Return the data sets that come with the package."""
        return builtins.list(self._library.builtins())

    def get(self, id: str) -> Manifest:
        """Return one data set's card."""
        return self._library.find(id)

    def ensure(self, id: str) -> Manifest:
        """Return one data set's card; a built-in set is made first where it is not stored yet."""
        try:
            return self.get(id)
        except DatasetNotFoundError:
            return self._made(self._library.ensure(id, owner=self._owner))

    def create_builtin(self, builtin: str, id: str | None = None, **parameters: Any) -> Manifest:
        """Make a built-in set with parameters of one's own; without any, this is :meth:`ensure`."""
        if id is None and not parameters:
            return self.ensure(builtin)
        return self._made(self._library.create_builtin(builtin, id, parameters, owner=self._owner))

    def upload(
        self, path: str | Path, id: str, name: str | None = None, *, file_name: str | None = None, **choices: Any
    ) -> Manifest:
        """Import a file. `file_name` is what messages call it where `path` is a temporary file."""
        library = self._library
        chosen = choices_of(choices)
        return self._made(
            library.import_archive(Path(path), id, name, owner=self._owner, file_name=file_name, choices=chosen)
        )

    def export(self, id: str, path: str | Path, format: str = "folders") -> None:
        """Write a data set into one file."""
        self._library.export(id, Path(path), format)

    def samples(
        self,
        id: str,
        split: Split | None = None,
        class_name: str | None = None,
        after: int = 0,
        limit: int = 24,
        text: str = "",
        looks: Looks | None = None,
    ) -> SamplePage:
        """Return a page of samples."""
        store = self._library.open(id)
        indices = store.indices(split, class_name)
        if looks:
            from patholearn_lab.datasets.quality import looking

            indices = indices[looking(looks, self._measured(id)[1])[indices]]
        if text:
            wanted = text.casefold()
            indices = indices[[wanted in name.casefold() for name in store.names(indices)]]
        shown = indices[after : after + limit]
        end = after + len(shown)
        rows = store.features(shown) if store.manifest.features else [()] * len(shown)
        names = store.names(shown)
        return SamplePage(
            samples=tuple(
                Sample(
                    index=int(index),
                    split=store.split_of(int(index)),
                    class_name=store.class_of(int(index)),
                    # The shortest decimals that stand for the stored number: 1.3, not 1.2999999523162842.
                    features=tuple(float(str(value)) for value in row),
                    name=name,
                )
                for index, row, name in zip(shown, rows, names, strict=True)
            ),
            next=end if end < len(indices) else None,
            total=len(indices),
        )

    def image(self, id: str, index: int) -> bytes:
        """Return one sample's image as a PNG file."""
        return _png(self._library.open(id).images([index])[0])

    def mask(self, id: str, index: int) -> bytes:
        """Return one sample's mask as a grey PNG file whose pixel values are class indices."""
        return _png(self._library.open(id).masks([index])[0][:, :, None])


class LocalJobs(LocalRunDrawings):
    """The jobs of this process' services."""

    def __init__(self, services: Services, owner: str, library: DatasetLibrary) -> None:
        self._services = services
        self._owner = owner
        self._library = library

    def submit(
        self,
        kind: str,
        payload: dict[str, Any],
        name: str = "",
        labels: dict[str, str] | None = None,
        priority: Priority = "normal",
        resources: Mapping[str, Any] | None = None,
    ) -> Job:
        """Queue a job and return it at once."""
        ensure_usable(self._library, payload, labels or {})
        return self._services.jobs.submit(
            kind,
            payload,
            name=name,
            owner=self._owner,
            labels=labels or {},
            priority=priority,
            resources=read_resources(resources) if resources else None,
        )

    def page(
        self, kind: str | None = None, labels: dict[str, str] | None = None, limit: int = 50, before: str | None = None
    ) -> JobPage:
        """Return one page of jobs, the newest first."""
        return self._services.jobs.list(kind=kind, labels=labels or {}, limit=limit, before=before)

    def list(
        self, kind: str | None = None, labels: dict[str, str] | None = None, limit: int = 50
    ) -> builtins.list[Job]:
        """Return jobs, the newest first."""
        return builtins.list(self.page(kind, labels, limit).items)

    def get(self, id: str) -> Job:
        """Return one job as it is now."""
        return self._services.jobs.find(id)

    def cancel(self, id: str, keep: Keep | None = None) -> Job:
        """Ask a job to stop."""
        return self._services.jobs.cancel(id, keep)

    def pause(self, id: str) -> Job:
        """Ask a training to stop such that it can go on."""
        return self._services.jobs.pause(id)

    def resume(self, id: str) -> Job:
        """Queue a paused job again."""
        return self._services.jobs.resume(id)

    def prioritize(self, id: str, priority: Priority) -> Job:
        """Put a waiting job before or behind one's other jobs."""
        return self._services.jobs.prioritize(id, priority)

    def delete(self, id: str) -> None:
        """Delete a job that has ended, with everything that it wrote."""
        self._services.jobs.delete(id)
        self._services.record("delete", who=self._owner, job=id)

    def record(self, id: str) -> TrainingRecord:
        """Return what a training used."""
        return self._services.repeating.record(id)

    def experiment(self, id: str, path: str | Path, data: bool = False) -> None:
        """Write a training as a zip that trains on without PathoLearn Lab."""
        ensure_usable(self._library, {}, self.get(id).labels)
        self._services.experiments.write(id, Path(path), data=data)

    def download(self, id: str, name: str, path: str | Path) -> None:
        """Write one of the files that a job made to `path`."""
        shutil.copyfile(self._services.jobs.file(id, name), path)

    def diagnosis(self, id: str) -> Diagnosis:
        """Return what went wrong with a training, and what its curves say."""
        return self._services.diagnosing.diagnosis(id)

    def copy(self, id: str, changes: dict[str, Any] | None = None, checkpoint: CheckpointName | None = None) -> Job:
        """Train a run again, with other settings where some are given, and return the new job at once."""
        ensure_usable(self._library, {}, self.get(id).labels)
        return self._services.repeating.copy(id, self._owner, changes or {}, checkpoint)

    def reproduce(self, id: str, anyway: bool = False) -> Job:
        """Train a run again as it was, and return the new job at once."""
        ensure_usable(self._library, {}, self.get(id).labels)
        return self._services.repeating.reproduce(id, self._owner, anyway=anyway)

    def compare(self, ids: Sequence[str]) -> RunsTable:
        """Return runs beside each other."""
        return runs_table(self, ids)

    def metrics(self, id: str, after: int = 0) -> MetricPage:
        """Return the metric points after number `after`."""
        return self._services.jobs.metrics(id, after)

    def curves(self, id: str, points: int = 1000) -> CurvePage:
        """Return every curve, thinned."""
        return self._services.jobs.curves(id, points)

    def log(
        self,
        id: str,
        after: int = 0,
        limit: int = 1000,
        before: int | None = None,
        search: str = "",
        regex: str = "",
        stream: LogStream | None = None,
        session: int | None = None,
        level: LogLevel | None = None,
    ) -> LogPage:
        """Return a page of the log."""
        wanted = log_filter(search=search, regex=regex, stream=stream, session=session, level=level)
        return self._services.jobs.log(id, after, limit, before, wanted)

    def log_text(
        self,
        id: str,
        search: str = "",
        regex: str = "",
        stream: LogStream | None = None,
        session: int | None = None,
        level: LogLevel | None = None,
    ) -> str:
        """Return the whole log as text."""
        wanted = log_filter(search=search, regex=regex, stream=stream, session=session, level=level)
        return "".join(f"{line.text}\n" for line in self._services.jobs.log_lines(id, wanted))


def _png(image: NDArray[np.uint8]) -> bytes:
    from patholearn_lab.serving.preprocess import encode_png

    return encode_png(image)


def _package_versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found
