"""The data folder: the only place that builds a path below it, and the only way to write into it.

::

    patholearn.sqlite               the index of jobs; can be rebuilt from runs/
    datasets/<id>/<version>.zarr    one folder a version, never changed once it is there
    runs/<id>/                      everything one job wrote; the truth about it
    models/<name>/<version>/        servable bundles
    versions/<graph id>/            named versions of drawings: a card each, and the documents by their content
    uploads/<id>/                   files that arrive in parts; kept for some days
    collaboration/                  what jupyter-collaboration remembers of shared documents
    scratch/                        half-finished things; emptied at the start of a server
    server.lock                     held by the one server of this folder
    audit.jsonl                     who uploaded, changed and deleted what

Every write is atomic: into ``scratch`` (or a sibling), flushed to the disk, then renamed. A crash leaves the old or the
new, never half.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from patholearn_lab.errors import InvalidInputError, StartupError, UnavailableError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

NAME_PATTERN = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
"""What a data set, run or model may be called on disk and in addresses."""

_GRAPH_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True)
class DataPaths:
    """Where things lie below one data folder.

    Parameters
    ----------
    root
        The data folder. It need not exist before :meth:`ensure` is called.
    """

    root: Path

    @property
    def database(self) -> Path:
        """The SQLite index of jobs."""
        return self.root / "patholearn.sqlite"

    @property
    def audit(self) -> Path:
        """The append-only audit log, one JSON object a line."""
        return self.root / "audit.jsonl"

    @property
    def lock(self) -> Path:
        """What the one server of this folder holds locked while it runs; it has the server's process id."""
        return self.root / "server.lock"

    @property
    def datasets(self) -> Path:
        """The folder of all data sets."""
        return self.root / "datasets"

    @property
    def runs(self) -> Path:
        """The folder of all runs."""
        return self.root / "runs"

    @property
    def models(self) -> Path:
        """The folder of all models."""
        return self.root / "models"

    @property
    def versions(self) -> Path:
        """The folder of the versions of all drawings."""
        return self.root / "versions"

    @property
    def uploads(self) -> Path:
        """The folder of files that are on their way."""
        return self.root / "uploads"

    @property
    def collaboration(self) -> Path:
        """Where jupyter-collaboration keeps the changes of shared documents."""
        return self.root / "collaboration"

    @property
    def scratch(self) -> Path:
        """Where half-finished things lie; on the same file system, so that a rename is atomic."""
        return self.root / "scratch"

    def dataset(self, dataset_id: str) -> Path:
        """Return the folder of all versions of a data set."""
        return self.datasets / ensure_name(dataset_id, "data set")

    def dataset_version(self, dataset_id: str, version: int) -> Path:
        """Return the zarr store of one version of a data set."""
        return self.dataset(dataset_id) / f"{int(version)}.zarr"

    def dataset_measures(self, dataset_id: str, version: int) -> Path:
        """Return the file of what was measured on the images of a version; it can be deleted, and is made again."""
        return self.dataset(dataset_id) / f"{int(version)}.measures.npz"

    def run(self, run_id: str) -> Path:
        """Return the run folder of a job."""
        return self.runs / ensure_name(run_id, "run")

    def model(self, name: str) -> Path:
        """Return the folder of all versions of a model."""
        return self.models / ensure_name(name, "model")

    def model_version(self, name: str, version: int) -> Path:
        """Return the bundle of one version of a model."""
        return self.model(name) / str(int(version))

    def drawing_versions(self, graph_id: str) -> Path:
        """Return the folder of all versions of a drawing, by the id in its ``meta``."""
        if not _GRAPH_ID.fullmatch(graph_id):
            raise InvalidInputError(
                f"{graph_id!r:.100} is no id of a drawing.",
                "It is the id in the meta of the document, such as 'g0f3c…': letters, digits, '_' and '-'.",
                graph=graph_id[:100],
            )
        return self.versions / graph_id

    def ensure(self) -> None:
        """Make the folders, and prove that they can be written to.

        Raises
        ------
        StartupError
            When the data folder cannot be made or written to.
        """
        try:
            for folder in (self.datasets, self.runs, self.models, self.versions, self.uploads, self.scratch):
                folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.scratch):
                pass
        except OSError as error:
            raise StartupError(
                f"The data folder {str(self.root)!r} cannot be written to: {error.strerror or error}.",
                "Make it writable, or choose another with --PathoLearnApp.data_dir=FOLDER or PATHOLEARN_DATA=FOLDER.",
                folder=str(self.root),
            ) from error


def ensure_name(name: str, noun: str) -> str:
    """Return `name` where it may stand in a path and an address.

    Raises
    ------
    InvalidInputError
        When it is empty, too long, or has characters that a path or an address could misread.
    """
    if not NAME_PATTERN.fullmatch(name) or ".." in name:
        raise InvalidInputError(
            f"{name!r} cannot be the name of a {noun}.",
            "Use 1 to 64 lower-case letters, digits, '-', '_' and '.', beginning with a letter or a digit.",
            name=name,
        )
    return name


def slug(text: str) -> str:
    """Return `text` as a name: ``"LeNet-5 (mine)"`` is ``"lenet-5-mine"``; empty where nothing is left."""
    plain = re.sub(r"[^a-z0-9_.]+", "-", text.lower())
    return re.sub(r"\.{2,}", ".", plain).strip("-._")[:64].strip("-._")


def write_atomically(path: Path, data: bytes | str) -> None:
    """Write a file so that a reader, or a crash, sees the old content or the new, never half."""
    content = data.encode() if isinstance(data, str) else data
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


@contextlib.contextmanager
def folder_appears_whole(target: Path, scratch: Path) -> Iterator[Path]:
    """Give a scratch folder to fill; on leaving, it becomes `target` in one step, or vanishes on an error.

    Raises
    ------
    FileExistsError
        When `target` exists already: what is there is never replaced.
    UnavailableError
        When the disk is full.
    """
    building = Path(tempfile.mkdtemp(dir=scratch))
    try:
        yield building
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            raise FileExistsError(str(target))
        building.chmod(0o755)
        building.rename(target)
        _sync_folder(target.parent)
    except BaseException as error:
        shutil.rmtree(building, ignore_errors=True)
        if isinstance(error, OSError) and error.errno in _FULL:
            raise UnavailableError(
                "There is no room left on the disk of the data folder; what was half written was taken away again.",
                "Delete data sets, runs or models that nobody needs, or ask whoever runs the server for more room.",
            ) from error
        raise


def remove_folder(target: Path, scratch: Path) -> None:
    """Remove a folder so that it is gone in one step: renamed into scratch first, then deleted file by file."""
    grave = Path(tempfile.mkdtemp(dir=scratch))
    try:
        target.rename(grave / target.name)
    finally:
        shutil.rmtree(grave, ignore_errors=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
