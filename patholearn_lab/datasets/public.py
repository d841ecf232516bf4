"""Public data sets that can be downloaded when somebody asks: where they are, how large, under which licence.

Light: a table, read from ``public_sets.json``. What downloads is in :mod:`patholearn_lab.datasets.downloading`.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter

from patholearn_lab.errors import DatasetNotFoundError


class PublicFile(BaseModel):
    """A file of a public set: its address, its checksum (``md5:…`` or ``sha256:…``) and its length."""

    model_config = ConfigDict(frozen=True)

    name: str
    url: str
    checksum: str
    bytes: int


class PublicSet(BaseModel):
    """A public set as people choose it.

    Attributes
    ----------
    classes
        What its file has as numbers.
    ordered
        Whether the classes are grades, from less to more.
    licence, homepage
        Under which terms it is given, and where that stands.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    description: str
    classes: tuple[str, ...] = ()
    ordered: bool = False
    licence: str
    homepage: str
    files: tuple[PublicFile, ...]

    @property
    def bytes(self) -> int:
        """How much is downloaded in all."""
        return sum(file.bytes for file in self.files)


@cache
def public_sets() -> tuple[PublicSet, ...]:
    """Return the table."""
    text = Path(__file__).with_name("public_sets.json").read_text(encoding="utf-8")
    return tuple(TypeAdapter(list[PublicSet]).validate_json(text))


def find_public(id: str) -> PublicSet:
    """Return the public set of that id.

    Raises
    ------
    DatasetNotFoundError
        When there is none.
    """
    found = next((one for one in public_sets() if one.id == id), None)
    if found is None:
        known = ", ".join(one.id for one in public_sets())
        raise DatasetNotFoundError(f"There is no public data set {id!r} in the list.", f"There are: {known}.", id=id)
    return found


def public_named(file_name: str) -> PublicSet | None:
    """Return the public set that a file's name stands for (``pathmnist_64.npz`` is pathmnist), or None."""
    stem = re.sub(r"_[0-9]+$", "", Path(file_name).stem.lower())
    return next((one for one in public_sets() if one.id == stem), None)
