"""The data sets of a server that several people share, as one of them sees them: who may see, use and change a set.

A private set is its owner's alone. A set for the course, or for everybody, is seen and used by all who come in; only
its owner changes it, says something else about it, or deletes it. Built-in sets are seen by all, and a set that names
no owner is everybody's.
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

from patholearn_lab.datasets.builtins import BUILTINS
from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.errors import DatasetNotFoundError, PermissionDeniedError

if TYPE_CHECKING:
    from patholearn_lab.datasets.card import CardEdits
    from patholearn_lab.datasets.changes import Change
    from patholearn_lab.datasets.manifest import Manifest
    from patholearn_lab.datasets.store import DatasetStore
    from patholearn_lab.graph.inputs import DatasetShape
    from patholearn_lab.paths import DataPaths
    from patholearn_lab.progress import Progress


class SharedLibrary(DatasetLibrary):
    """The data sets that one person may see.

    Parameters
    ----------
    paths
        The data folder.
    who
        The person, by the name that Jupyter's login gave.
    """

    def __init__(self, paths: DataPaths, who: str) -> None:
        super().__init__(paths)
        self._who = who

    def list(self) -> builtins.list[Manifest]:
        """Return the newest version of every data set that this person may see."""
        return [manifest for manifest in DatasetLibrary(self._paths).list() if may_see(manifest, self._who)]

    def find(self, id: str, version: int | None = None) -> Manifest:
        """Return the manifest of a data set.

        Raises
        ------
        DatasetNotFoundError, DatasetError
            As for everybody.
        PermissionDeniedError
            When it is private to somebody else.
        """
        manifest = super().find(id, version)
        if not may_see(manifest, self._who):
            raise PermissionDeniedError(
                f"The data set {id!r} is private to {manifest.owner!r}.",
                f"Ask {manifest.owner!r} to let others see it (Edit, Who may see it), or choose another set.",
                id=id,
            )
        return manifest

    def open(self, id: str, version: int | None = None) -> DatasetStore:
        """Open a data set for reading, unless it is private to somebody else."""
        self.find(id, version)
        return super().open(id, version)

    def shape(self, id: str) -> DatasetShape | None:
        """Return what a graph needs to know about a data set; None also for one that is private to somebody else."""
        try:
            self.find(id)
        except PermissionDeniedError:
            return None
        except DatasetNotFoundError:
            pass  # a built-in set that is not made yet has a shape too
        return super().shape(id)

    def change(
        self, id: str, change: Change, owner: str = "", progress: Progress | None = None, version: int | None = None
    ) -> Manifest:
        """Make a further version of a data set of one's own."""
        self._ensure_own(id)
        return super().change(id, change, owner, progress, version)

    def edit(self, id: str, edits: CardEdits, who: str = "") -> Manifest:
        """Say something else about a data set of one's own."""
        self._ensure_own(id)
        return super().edit(id, edits, who)

    def delete(self, id: str, who: str = "") -> None:
        """Delete a data set of one's own."""
        self._ensure_own(id)
        super().delete(id, who)

    def _ensure_own(self, id: str) -> None:
        manifest = self.find(id)
        if not may_change(manifest, self._who):
            raise PermissionDeniedError(
                f"The data set {id!r} belongs to {manifest.owner!r}: others may use it, and not change it.",
                "Export it, and import it as a set of your own.",
                id=id,
            )


def may_see(manifest: Manifest, who: str) -> bool:
    """Return whether a person may see and use a data set."""
    return manifest.visibility != "private" or manifest.id in BUILTINS or may_change(manifest, who)


def may_change(manifest: Manifest, who: str) -> bool:
    """Return whether a person may change and delete a data set."""
    return manifest.owner in {"", who}
