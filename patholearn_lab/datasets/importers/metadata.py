"""The table beside the images of an archive: ``metadata.csv``, as Hugging Face's imagefolder has it.

::

    file_name,age,smoker
    normal/1.png,61,0
    tumor/2.png,48,1

``file_name`` is relative to the table's own folder. A column ``label`` holds class names; all others are features, that
is, numbers. True and False, as pandas writes one-hot columns, are 1 and 0.
"""

from __future__ import annotations

import csv
import io
import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.archives import Member, SafeArchive
from patholearn_lab.datasets.importers.table_columns import GROUPS
from patholearn_lab.errors import ArchiveError, TooLargeError

NAME = "metadata.csv"
MOST_FEATURES = 1_000
LONGEST_NAME = 100
MOST_BYTES = 64 * 2**20

_FILE, _LABEL = "file_name", "label"
_TRUTH = {"true": 1.0, "false": 0.0}
_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Row:
    """A line of a table: its image, its class where the table says it, its numbers, and where it is."""

    image: str
    label: str | None
    values: NDArray[np.float32]
    where: str
    group: str = ""


@dataclass(frozen=True)
class Metadata:
    """All tables of an archive.

    Parameters
    ----------
    features
        The names of the columns that are numbers.
    rows
        By the paths of the images.
    has_labels
        Whether it says the class of each image.
    grouped_by
        The column that says which images belong together, such as ``patient``; empty where there is none.
    """

    features: tuple[str, ...]
    rows: dict[str, Row]
    has_labels: bool
    grouped_by: str = ""

    def groups(self, paths: Sequence[str]) -> list[str] | None:
        """Return the groups of these images; None where no column says them."""
        return [self.rows[path].group for path in paths] if self.grouped_by else None

    def table(self, paths: Sequence[str]) -> NDArray[np.float32] | None:
        """Return the features of these images, ``float32[n,features]``; None where there are no features."""
        if not self.features:
            return None
        return np.stack([self.rows[path].values for path in paths])


def is_table(member: Member) -> bool:
    """Return whether a file of an archive is such a table."""
    return member.name.lower() == NAME


def read_metadata(archive: SafeArchive, images: Sequence[Member]) -> Metadata | None:
    """Return what the tables of an archive say of its images; None where there is no table.

    Raises
    ------
    ArchiveError, TooLargeError
        When a value is missing or no number, a row names no image, an image has no row or two, or tables differ in
        their columns; the message names the table, the line and the image.
    """
    tables = [member for member in archive.members if is_table(member)]
    if not tables:
        return None
    _ensure_small(tables, archive.name)
    known = {member.path for member in images}
    header: list[str] = []
    rows: dict[str, Row] = {}
    for member in tables:
        lines = _lines(archive, member)
        columns = _columns(next(lines, (1, []))[1], member, archive.name)
        if header and columns != header:
            raise ArchiveError(
                f"The tables {tables[0].path!r} and {member.path!r} in {archive.name!r} have different columns.",
                "Give all of them the same columns, in the same order.",
                file=member.path,
            )
        header = columns
        for number, cells in lines:
            row = _row(header, cells, member, number)
            if row.image not in known:
                raise _refuse(row, f"names {row.image!r}, which is no image in {archive.name!r}", _UNKNOWN)
            if row.image in rows:
                raise _refuse(
                    row, f"is the second one about {row.image!r}; the first is {rows[row.image].where}", _TWICE
                )
            rows[row.image] = row
    for image in images:
        if image.path not in rows:
            raise ArchiveError(
                f"The image {image.path!r} has no row in {tables[0].path!r} in {archive.name!r}.",
                "Add a line with its file_name and its features, or leave the image out.",
                file=image.path,
            )
    grouped_by = _group_in(header)
    features = tuple(name for name in header if name not in (_FILE, _LABEL, grouped_by))
    return Metadata(features, rows, _LABEL in header, grouped_by)


_UNKNOWN = "Write the path of the image as it is in the archive, beginning at the folder of the table: normal/1.png."
_TWICE = "Keep one line for each image."
_MISSING = (
    "Every column has a value for every image. Leave images out that lack one; or write the mean of a feature there, "
    "and add a column of 0 and 1 that says where it was missing."
)
_NO_NUMBER = (
    "A feature is a number with a decimal point, such as 61 or 0.5. Write a category as columns of 0 and 1, one for "
    "each of its values, or leave the column out."
)


def _refuse(row: Row, problem: str, hint: str) -> ArchiveError:
    return ArchiveError(f"The row {row.where} {problem}.", hint, file=row.image)


def _ensure_small(tables: Sequence[Member], name: str) -> None:
    size = sum(member.size for member in tables)
    if size > MOST_BYTES:
        largest = max(tables, key=lambda member: member.size)
        raise TooLargeError(
            f"The table {largest.path!r} in {name!r}, with all others in there, has {size / 2**20:.0f} MiB; at most "
            f"{MOST_BYTES // 2**20} are taken.",
            "Keep the columns that the network shall learn from, and leave out the others.",
            file=largest.path,
        )


def _lines(archive: SafeArchive, member: Member) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines that hold something, with their numbers from 1."""
    try:
        reader = csv.reader(io.StringIO(archive.read(member).decode("utf-8-sig"), newline=""), strict=True)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [cell.strip() for cell in cells]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ArchiveError(
            f"The table {member.path!r} in {archive.name!r} cannot be read: {error}.",
            "Save it as CSV with commas, encoded as UTF-8.",
            file=member.path,
        ) from error


def _columns(header: list[str], member: Member, name: str) -> list[str]:
    """Return the names of the columns, checked."""
    problem, hint = "", "The first line names the columns: file_name,age,smoker."
    longest = max(header, key=len, default="")
    twice = next((column for column in header if header.count(column) > 1), None)
    if _FILE not in header:
        problem = f"has no column {_FILE!r}; its first line is {', '.join(header)[:200]!r}"
        hint += " Columns are separated by commas. Give the file another name if it is no table of features."
    elif "" in header:
        problem = f"has no name for its column {header.index('') + 1}"
    elif twice is not None:
        problem = f"has two columns {twice!r}"
    elif len(longest) > LONGEST_NAME:
        problem = f"has a column whose name is {len(longest)} characters long; at most {LONGEST_NAME} are taken"
    elif len(header) > MOST_FEATURES + 2:
        problem = f"has {len(header):,} columns; at most {MOST_FEATURES:,} features are taken"
        hint = "Keep the columns that the network shall learn from."
    if problem:
        raise ArchiveError(f"The table {member.path!r} in {name!r} {problem}.", hint, file=member.path)
    return header


def _row(header: list[str], cells: list[str], member: Member, number: int) -> Row:
    where = f"in line {number} of {member.path!r}"
    if len(cells) != len(header):
        raise ArchiveError(
            f"The row {where} has {len(cells)} values, but there are {len(header)} columns.",
            "Write one value for each column; put texts with a comma in quotation marks.",
            file=member.path,
        )
    filled = dict(zip(header, cells, strict=True))
    path = "/".join([*member.parts[:-1], unicodedata.normalize("NFC", filled[_FILE])])
    grouped_by = _group_in(header)
    row = Row(path, filled.get(_LABEL), np.empty(0, np.float32), where, filled.get(grouped_by, ""))
    empty = next((column for column, cell in filled.items() if not cell), None)
    if empty is not None:
        raise _refuse(row, f"({path}) has no value in the column {empty!r}", _MISSING)
    values = []
    for column, cell in filled.items():
        if column not in (_FILE, _LABEL, grouped_by):
            value = number_of(cell)
            if value is None:
                raise _refuse(
                    row, f"({path}) has {cell[:80]!r} in the column {column!r}, which is no number", _NO_NUMBER
                )
            values.append(value)
    return replace(row, values=np.array(values, np.float32))


def _group_in(header: Sequence[str]) -> str:
    """Return the column that says which images belong together; empty where there is none."""
    return next((column for column in header if column.lower() in GROUPS), "")


def number_of(text: str) -> float | None:
    """Return the number that a text is; None where it is none, or one that float32 cannot hold."""
    if text.lower() in _TRUTH:
        return _TRUTH[text.lower()]
    try:
        value = float(text) if "_" not in text else math.nan
    except ValueError:
        return None
    return value if abs(value) <= _LARGEST else None
