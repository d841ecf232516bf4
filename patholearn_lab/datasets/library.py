"""The data sets of one data folder: listed, made, imported, opened and deleted. Light until a set is opened or made."""

from __future__ import annotations

import errno
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patholearn_lab import __version__
from patholearn_lab.audit import append_audit
from patholearn_lab.datasets.builtin import Builtin, BuiltinCard
from patholearn_lab.datasets.builtins import BUILTINS, builtin_shape
from patholearn_lab.datasets.versions import Versions
from patholearn_lab.errors import ConflictError, DatasetNotFoundError, PathoLearnError
from patholearn_lab.paths import DataPaths, ensure_name, folder_appears_whole, remove_folder
from patholearn_lab.progress import NoProgress, Progress

if TYPE_CHECKING:
    from patholearn_lab.datasets.archives import Limits
    from patholearn_lab.datasets.card import CardEdits
    from patholearn_lab.datasets.changes import Change
    from patholearn_lab.datasets.choices import ImportChoices, TableChoices
    from patholearn_lab.datasets.contents import Contents
    from patholearn_lab.datasets.manifest import Manifest
    from patholearn_lab.datasets.preview import Preview
    from patholearn_lab.datasets.store import DatasetStore
    from patholearn_lab.graph.inputs import DatasetShape

_log = logging.getLogger(__name__)


class DatasetLibrary:
    """The data sets below one data folder.

    Parameters
    ----------
    paths
        The data folder; :meth:`DataPaths.ensure` was called.
    """

    def __init__(self, paths: DataPaths) -> None:
        self._paths = paths
        self._versions = Versions(paths, BUILTINS)
        self._making = threading.Lock()

    def list(self) -> list[Manifest]:
        """Return the newest version of every data set, by name. A damaged one is left out and logged as a warning."""
        manifests = []
        for id in self._versions.ids():
            try:
                manifests.append(self.find(id))
            except PathoLearnError as error:
                _log.warning("The data set in %s is left out: %s", self._paths.datasets / id, error.message)
        return sorted(manifests, key=lambda manifest: (manifest.name.casefold(), manifest.id))

    def find(self, id: str, version: int | None = None) -> Manifest:
        """Return the manifest of a data set: of its newest version where none is named.

        Raises
        ------
        DatasetNotFoundError
            When there is none.
        DatasetError
            When it is damaged.
        """
        from patholearn_lab.datasets.store import read_manifest

        return read_manifest(self._versions.folder(id, version))

    def versions(self, id: str) -> tuple[Manifest, ...]:
        """Return the manifests of all versions of a data set, the newest first.

        Raises
        ------
        DatasetNotFoundError
            When there is none.
        """
        self._versions.folder(id)
        return tuple(self.find(id, version) for version in reversed(self._versions.of(id)))

    def open(self, id: str, version: int | None = None) -> DatasetStore:
        """Open a data set for reading: its newest version where none is named.

        Raises
        ------
        DatasetNotFoundError
            When there is none. A built-in set must have been made: see :meth:`ensure`.
        DatasetError
            When it is damaged.
        """
        from patholearn_lab.datasets.store import DatasetStore

        return DatasetStore(self._versions.folder(id, version))

    def ensure(self, id: str, progress: Progress | None = None, owner: str = "") -> Manifest:
        """Return the manifest of a data set, and make it first where it is a built-in one that was not made yet.

        Raises
        ------
        DatasetNotFoundError
            When there is none, and none is built in.
        """
        try:
            return self.find(id)
        except DatasetNotFoundError:
            if id not in BUILTINS:
                raise
        # One at a time: whoever waited finds it made.
        with self._making:
            if not self._versions.of(id):
                try:
                    return self.create_builtin(id, progress=progress, owner=owner)
                except ConflictError:
                    _log.info("The data set %s was made by another process meanwhile.", id)
        return self.find(id)

    def shape(self, id: str) -> DatasetShape | None:
        """Return what a graph needs to know about a data set, also of a built-in one not made yet; None without one."""
        try:
            return self.find(id).shape()
        except DatasetNotFoundError:
            return builtin_shape(id)
        except PathoLearnError as error:
            _log.warning("The data set %r has no shape: %s", id, error.message)
            return None

    def builtins(self) -> Sequence[BuiltinCard]:
        """Return the cards of the built-in sets."""
        return [builtin.card(stored=bool(self._versions.of(builtin.id))) for builtin in BUILTINS.values()]

    def create_builtin(
        self,
        builtin: str,
        id: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        progress: Progress | None = None,
        owner: str = "",
        *,
        new_version: bool = False,
    ) -> Manifest:
        """Make a built-in data set.

        Parameters
        ----------
        builtin
            Which one.
        id
            Under which id; that of the built-in set where None.
        parameters
            What was chosen; the defaults stand in for the rest.
        progress
            Told how many images are stored; may cancel.
        owner
            Whose it is.
        new_version
            Whether a data set of this id may exist already, and gets a further version.

        Raises
        ------
        DatasetNotFoundError
            When there is no such built-in set.
        InvalidInputError
            When the id or a parameter cannot be used.
        ConflictError
            When the id is taken and no new version was asked for.
        """
        source = self._builtin(builtin)
        id = ensure_name(source.id if id is None else id, "data set")
        checked = source.check(parameters or {})
        version = self._versions.following(id, new_version=new_version)
        contents = source.contents(checked, progress or NoProgress())
        return self.store(contents, id, version, "", owner, f"built-in {builtin}", "create", progress)

    def import_archive(
        self,
        path: Path,
        id: str,
        name: str | None = None,
        progress: Progress | None = None,
        owner: str = "",
        *,
        file_name: str | None = None,
        limits: Limits | None = None,
        choices: ImportChoices | None = None,
        new_version: bool = False,
    ) -> Manifest:
        """Import the data set in an uploaded file, whose format is found by looking into it.

        Parameters
        ----------
        path
            The file.
        id
            The id of the data set.
        name
            What people call it; the file's name where None.
        progress
            Told what is checked and stored; may cancel.
        owner
            Whose it is.
        file_name
            What messages and the card call the file, where `path` is a temporary one.
        limits
            What the archive may ask for.
        choices
            What is decided otherwise than the file says it.
        new_version
            Whether a data set of this id may exist already, and gets a further version.

        Raises
        ------
        InvalidInputError
            When the id cannot be used. As ArchiveError: when the file cannot be taken; the message names what is wrong.
        TooLargeError
            When the archive is over a limit.
        ConflictError
            When the id is taken and no new version was asked for.
        """
        from patholearn_lab.datasets.importers import opened

        version = self._versions.following(id, new_version=new_version)
        shown = file_name or path.name
        progress = progress or NoProgress()
        table = None if choices is None else choices.table
        with opened(path, shown, self._paths.scratch, progress, limits, table) as (_, found):
            contents = found if choices is None else choices.applied(found)
            return self.store(contents, id, version, name or "", owner, f"import of {shown}", "upload", progress)

    def preview(
        self, path: Path, file_name: str, progress: Progress | None = None, table: TableChoices | None = None
    ) -> Preview:
        """Check a file as :meth:`import_archive` does, and return what is in it; nothing is stored.

        `table` says what the columns of a table are for.

        Raises
        ------
        InvalidInputError, TooLargeError
            When it could not be imported, for the same reasons.
        """
        from patholearn_lab.datasets.importers import opened
        from patholearn_lab.datasets.preview import preview_of

        progress = progress or NoProgress()
        with opened(path, file_name, self._paths.scratch, progress, table=table) as (importer, contents):
            return preview_of(contents, importer.label, progress)

    def ensure_free(self, id: str) -> None:
        """Make sure that a new data set may have this id.

        Raises
        ------
        InvalidInputError, ConflictError
            When it can be no id, or is taken.
        """
        self._versions.following(id, new_version=False)

    def export(
        self, id: str, path: Path, format: str = "folders", version: int | None = None, progress: Progress | None = None
    ) -> None:
        """Write a data set as one file that other programs read, whole or not at all; the newest version where None.

        `path` is replaced where it is there; `format` is one of ``datasets.exporting.EXPORTERS``.

        Raises
        ------
        DatasetNotFoundError, InvalidInputError, DatasetError
            When there is no such set or format, or the format has no place for what the set holds.
        """
        from patholearn_lab.datasets.exporting import export

        export(self.open(id, version), path, format, progress or NoProgress())

    def change(
        self, id: str, change: Change, owner: str = "", progress: Progress | None = None, version: int | None = None
    ) -> Manifest:
        """Make a further version of a data set; the one before stays as it is. Pixels are shared, not copied.

        Parameters
        ----------
        id, version
            Which; the newest version where None.
        change
            See :mod:`patholearn_lab.datasets.changes`.
        owner
            Who changes it.
        progress
            Told what is read; may cancel.

        Raises
        ------
        DatasetNotFoundError
            When there is no such data set.
        DatasetError, InvalidInputError, SampleNotFoundError
            When the change does not suit the set.
        """
        from patholearn_lab.datasets.revising import write_revision

        store = self.open(id, version)
        created_by = f"PathoLearn Lab {__version__}, change {change.kind} of version {store.manifest.version}"

        def write(folder: Path, following: int) -> Manifest:
            return write_revision(
                folder, store, change, version=following, owner=owner, created_by=created_by, progress=progress
            )

        return self._appear(id, self._versions.following(id, new_version=True), owner, created_by, "change", write)

    def edit(self, id: str, edits: CardEdits, who: str = "") -> Manifest:
        """Say something else about a data set: its name, its licence, who may see it. Its versions stay as they are.

        Raises
        ------
        DatasetNotFoundError
            When there is none.
        """
        from patholearn_lab.datasets.card import write_edits

        write_edits(self._versions.folder(id).parent, edits)
        append_audit(self._paths.audit, "change", who=who, dataset=id, **edits.said())
        return self.find(id)

    def delete(self, id: str, who: str = "") -> None:
        """Delete all versions of a data set.

        Raises
        ------
        DatasetNotFoundError
            When there is none.
        """
        folder = self._paths.dataset(id)
        if not folder.is_dir():
            raise self._versions.missing(id)
        versions = self._versions.of(id)
        try:
            remove_folder(folder, self._paths.scratch)
        except FileNotFoundError as error:
            raise self._versions.missing(id) from error
        append_audit(self._paths.audit, "delete", who=who, dataset=id, versions=versions)

    def store(
        self,
        contents: Contents,
        id: str,
        version: int = 1,
        name: str = "",
        owner: str = "",
        created_by: str = "",
        action: str = "upload",
        progress: Progress | None = None,
    ) -> Manifest:
        """Store what an importer or a built-in set gives; `action` is what the audit log calls it.

        Raises
        ------
        ConflictError
            When there is such a version.
        """
        from patholearn_lab.datasets.writing import write_store

        created_by = f"PathoLearn Lab {__version__}, {created_by}"
        said: dict[str, Any] = {"id": id, "name": name, "owner": owner, "created_by": created_by, "progress": progress}
        write: Callable[[Path, int], Manifest] = lambda folder, version: write_store(  # noqa: E731
            folder, contents, version=version, **said
        )
        return self._appear(id, version, owner, created_by, action, write)

    def _appear(
        self,
        id: str,
        version: int,
        owner: str,
        created_by: str,
        action: str,
        write: Callable[[Path, int], Manifest],
    ) -> Manifest:
        """Let a version appear whole or not at all, and write down who made it."""
        try:
            with folder_appears_whole(self._paths.dataset_version(id, version), self._paths.scratch) as folder:
                manifest = write(folder, version)
        except OSError as error:
            # Another process may have stored the same id since it was looked up.
            if error.errno not in {None, errno.EEXIST, errno.ENOTEMPTY}:
                raise
            raise self._versions.taken(id) from error
        facts = {"version": version, "samples": manifest.total, "content_hash": manifest.content_hash}
        append_audit(self._paths.audit, action, who=owner, dataset=id, **facts, source=created_by)
        return manifest

    def _builtin(self, name: str) -> Builtin:
        if name not in BUILTINS:
            raise DatasetNotFoundError(
                f"There is no built-in data set {name!r}.", f"These are built in: {', '.join(BUILTINS)}."
            )
        return BUILTINS[name]
