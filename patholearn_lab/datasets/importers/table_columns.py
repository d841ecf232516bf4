"""The columns of a table: what type each has, whether it goes in or is to be told, and how its cells become numbers."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from patholearn_lab.datasets.choices import TableChoices
from patholearn_lab.datasets.splits import split_named
from patholearn_lab.errors import ArchiveError

Type = Literal["int", "float", "binary", "label"]
Role = Literal["input", "output", "group", "split", "left out"]

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?", "-", "#n/a"})
MOST_LABELS = 100
"""A text column with more different texts is taken for names or remarks, and left out."""

_LARGEST = float(np.finfo(np.float32).max)
_OUTPUTS = ("label", "class", "target", "diagnosis", "outcome", "output", "y")
GROUPS = ("patient", "patient_id", "slide", "slide_id", "case", "case_id", "subject", "subject_id", "group")
_SPLITS = ("split", "set", "partition")
_TRUE = frozenset({"true", "yes", "1", "ja", "y", "t", "positive", "present"})
_KEPT = 2_000


@dataclass
class Column:
    """What was seen in a column, gathered cell by cell.

    Attributes
    ----------
    counts
        How often each text occurs, of the first 2,000 different ones.
    numbers, whole
        Whether all cells that are there are numbers, and whole ones.
    missing
        How many cells are empty, or say so (NA, ?).
    role
        Decided by :func:`decide`.
    """

    name: str
    decimal: str
    counts: Counter[str] = field(default_factory=Counter)
    numbers: bool = True
    whole: bool = True
    missing: int = 0
    role: Role = "input"
    one_hot: bool = False

    def add(self, cell: str) -> None:
        """Look at one cell."""
        if cell.lower() in MISSING:
            self.missing += 1
            return
        if cell in self.counts or len(self.counts) < _KEPT:
            self.counts[cell] += 1
        if self.numbers:
            number = self.number(cell)
            self.numbers = number is not None
            self.whole = self.whole and number is not None and number.is_integer()

    @property
    def type(self) -> Type:
        """What its cells are."""
        if len(self.counts) == 2 and (not self.numbers or {self.number(text) for text in self.counts} == {0.0, 1.0}):
            return "binary"
        if not self.numbers:
            return "label"
        return "int" if self.whole else "float"

    @property
    def labels(self) -> tuple[str, ...]:
        """Its different texts, numbers in their order; of two, the one that says no comes first."""
        if self.numbers:
            return tuple(sorted(self.counts, key=lambda text: self.number(text) or 0.0))
        return tuple(sorted(self.counts, key=lambda text: (text.lower() in _TRUE, natural(text))))

    def number(self, cell: str) -> float | None:
        """Return the number in a cell; None where there is none that float32 can hold."""
        text = cell.replace(",", ".") if self.decimal == "," else cell
        try:
            value = float(text) if "_" not in text else math.nan
        except ValueError:
            return None
        return value if abs(value) <= _LARGEST else None


@dataclass(frozen=True)
class Encoded:
    """One or several features that a column becomes."""

    names: tuple[str, ...]
    encode: Callable[[str], Iterable[float]]


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Order texts as people do: stage 2 before stage 10."""
    pieces = re.findall(r"[0-9]+|[^0-9]+", text)
    return tuple((0, int(piece), "") if piece[0] in "0123456789" else (1, 0, piece.casefold()) for piece in pieces)


def decide(columns: Sequence[Column], choices: TableChoices, rows: int, name: str) -> list[str]:
    """Give every column its role, as it was chosen or as it is usual, and return sentences on what was left out.

    Raises
    ------
    ArchiveError
        When a chosen column is not there, or no column can be told.
    """
    known = {column.name: column for column in columns}
    for chosen in (*choices.named, *filter(None, (choices.group, choices.split))):
        if chosen not in known:
            raise ArchiveError(
                f"The table {name!r} has no column {chosen!r}.", f"It has: {', '.join(known)[:500]}.", file=name
            )
    lower = {column.name.lower(): column for column in columns}
    group = choices.group or next((lower[one].name for one in GROUPS if one in lower), None)
    split = choices.split or next(
        (lower[one].name for one in _SPLITS if one in lower and _says_splits(lower[one])), None
    )
    usual = next((lower[one].name for one in _OUTPUTS if one in lower), columns[-1].name)
    outputs = choices.outputs or (usual,)
    notes = []
    for column in columns:
        column.one_hot = column.name in choices.one_hot
        if column.name in outputs:
            column.role = "output"
        elif column.name in {group, split}:
            column.role = "group" if column.name == group else "split"
        elif choices.inputs and column.name not in choices.inputs:
            column.role = "left out"
        elif not column.counts or (not column.numbers and len(column.counts) > min(MOST_LABELS, max(rows // 2, 2))):
            column.role = "left out"
            why = "is empty" if not column.counts else f"has {len(column.counts):,} different texts"
            notes.append(f"The column {column.name!r} {why} and was left out.")
    if not any(column.role == "input" for column in columns):
        raise ArchiveError(f"No column of {name!r} is left to learn from.", "Choose inputs and outputs.", file=name)
    return notes


def _says_splits(column: Column) -> bool:
    return bool(column.counts) and all(split_named(text) for text in column.counts)


def encoded(column: Column) -> Encoded:
    """Return the features that an input becomes.

    Numbers stay (a missing one is NaN, and a feature of 0 and 1 says so), two values are 0 and 1, and of a label each
    text is a feature of 0 and 1 (one-hot): all 0 where it is missing.
    """
    name, labels = column.name, column.labels
    if column.one_hot or column.type == "label":
        places = {text: place for place, text in enumerate(labels)}
        return Encoded(
            tuple(f"{name} = {text}"[:100] for text in labels),
            lambda cell: [float(place == places.get(cell)) for place in range(len(labels))],
        )

    def value(cell: str) -> float:
        if cell.lower() in MISSING:
            return math.nan
        number = column.number(cell) if column.numbers else float(cell == labels[1])
        return math.nan if number is None else number

    plain = name if column.numbers else f"{name} = {labels[1]}"[:100]
    if not column.missing:
        return Encoded((plain,), lambda cell: (value(cell),))
    return Encoded((plain, f"{name} is missing"[:100]), lambda cell: (value(cell), float(cell.lower() in MISSING)))
