"""Which versions of which data sets are on the disk, and where."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from patholearn_lab.errors import ConflictError, DatasetError, DatasetNotFoundError
from patholearn_lab.paths import DataPaths

_SUFFIX = ".zarr"


class Versions:
    """The version folders below one data folder.

    Parameters
    ----------
    paths
        The data folder.
    could_be_made
        The ids of sets that need not be there, such as the built-in ones; messages name them too.
    """

    def __init__(self, paths: DataPaths, could_be_made: Iterable[str] = ()) -> None:
        self._paths = paths
        self._could_be_made = could_be_made

    def ids(self) -> list[str]:
        """Return the ids of all sets, by alphabet."""
        folders = self._paths.datasets.iterdir() if self._paths.datasets.is_dir() else ()
        return sorted(folder.name for folder in folders if folder.is_dir())

    def of(self, id: str) -> tuple[int, ...]:
        """Return the versions of a set that are there, ascending."""
        folder = self._paths.dataset(id)
        stems = [path.stem for path in folder.glob(f"*{_SUFFIX}")] if folder.is_dir() else []
        return tuple(sorted(int(stem) for stem in stems if stem.isdecimal()))

    def folder(self, id: str, version: int | None = None) -> Path:
        """Return the folder of a version: of the newest where none is named.

        Raises
        ------
        DatasetNotFoundError
            When there is none.
        DatasetError
            When the set's folder is there and holds no version.
        """
        versions = self.of(id)
        if not versions and self._paths.dataset(id).is_dir():
            raise DatasetError(
                f"The folder of the data set {id!r} holds no version of it.", "Delete the data set and make it again."
            )
        if not versions or (version is not None and version not in versions):
            raise self.missing(id, version)
        return self._paths.dataset_version(id, versions[-1] if version is None else version)

    def following(self, id: str, *, new_version: bool) -> int:
        """Return the number of the version to come.

        Raises
        ------
        InvalidInputError
            When `id` can be no id.
        ConflictError
            When there is such a set, and no new version of it was asked for.
        """
        versions = self.of(id)
        if self._paths.dataset(id).exists() and not new_version:
            raise self.taken(id)
        return versions[-1] + 1 if versions else 1

    def taken(self, id: str) -> ConflictError:
        """Return the error that an id is taken."""
        return ConflictError(
            f"There is already a data set {id!r}.", "Choose another id, or delete that data set first.", id=id
        )

    def missing(self, id: str, version: int | None = None) -> DatasetNotFoundError:
        """Return the error that there is no such set or version."""
        which = f"data set {id!r}" if version is None else f"version {version} of the data set {id!r}"
        known = sorted({*self.ids(), *self._could_be_made})
        return DatasetNotFoundError(f"There is no {which}.", f"There are: {', '.join(known)}.", id=id)
