"""What people say about a data set after it was made: its name, its licence, who may see it. Light: no numpy.

Versions never change; what was said later lies beside them, in ``datasets/<id>/card.json``, and holds for all of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from patholearn_lab.paths import write_atomically

_FILE = "card.json"


class CardEdits(BaseModel):
    """What is said anew; None leaves it as it was.

    Attributes
    ----------
    visibility
        Who may see the set: ``private`` is its owner alone, ``group`` the owner's course, ``public`` everybody.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str | None = Field(None, min_length=1, max_length=200)
    description: str | None = Field(None, max_length=2000)
    licence: str | None = Field(None, max_length=200)
    visibility: Literal["private", "group", "public"] | None = None

    def said(self) -> dict[str, str]:
        """Return what is said, by field."""
        return self.model_dump(exclude_none=True)


def read_edits(folder: Path) -> CardEdits:
    """Return what was said about the set whose versions are in `folder`.

    Raises
    ------
    OSError, ValidationError
        When it cannot be read.
    """
    path = folder / _FILE
    return CardEdits.model_validate_json(path.read_bytes()) if path.exists() else CardEdits()


def write_edits(folder: Path, edits: CardEdits) -> None:
    """Add what is said to what was said before."""
    merged = read_edits(folder).model_copy(update=edits.said())
    write_atomically(folder / _FILE, merged.model_dump_json(exclude_none=True))
