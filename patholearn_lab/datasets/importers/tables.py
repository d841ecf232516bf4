"""A table without images: a .csv or .tsv with one line a sample, which columns are learned from and one is told.

How it was written is found out (``delimited.py``), and what each column holds (``table_columns.py``). The file is
streamed: only the numbers that come of it are in memory, 4 bytes each.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.archives import Limits
from patholearn_lab.datasets.choices import TableChoices
from patholearn_lab.datasets.contents import Contents
from patholearn_lab.datasets.dividing import usual_splits
from patholearn_lab.datasets.importers.candidate import Candidate
from patholearn_lab.datasets.importers.delimited import DelimitedFile, find_dialect, looks_delimited
from patholearn_lab.datasets.importers.metadata import MOST_FEATURES
from patholearn_lab.datasets.importers.table_columns import MISSING, Column, Encoded, decide, encoded
from patholearn_lab.datasets.manifest import SPLITS, Task
from patholearn_lab.datasets.splits import TRAIN, fill_missing_splits, split_named
from patholearn_lab.errors import ArchiveError, TooLargeError
from patholearn_lab.progress import Progress, ensure_not_cancelled

MOST_VALUES = 2**28
"""Numbers of a table that are kept, 4 bytes each: 1 GiB."""

_MOST_CLASSES = 100
_FEWEST = 3
_SHOWN = 8
_REPORT_EVERY = 20_000


class TableFile:
    """The importer of tables.

    Parameters
    ----------
    choices
        What the columns are for; what is usual where None.
    """

    label = "a .csv or .tsv table, one line a sample, without images"
    endings = (".csv", ".tsv", ".csv.gz")

    def __init__(self, choices: TableChoices | None = None) -> None:
        self._choices = choices or TableChoices()

    def sniff(self, file: Candidate) -> bool:
        """Return whether the file is text in lines of as many cells."""
        return file.archive is None and looks_delimited(file.path)

    def read(self, path: Path, name: str, limits: Limits, progress: Progress) -> Contents:  # noqa: ARG002  (no archive)
        """Go over the table twice, and return the data set.

        Raises
        ------
        ArchiveError, TooLargeError
            When something is not as it must be; the message names the line or the column.
        """
        table = DelimitedFile(path, find_dialect(path, name), name)
        columns, lines = _survey(table, progress)
        notes = decide(columns, self._choices, lines, name)
        inputs = [(place, encoded(one)) for place, one in enumerate(columns) if one.role == "input"]
        outputs = [(place, one) for place, one in enumerate(columns) if one.role == "output"]
        features = tuple(feature for _, part in inputs for feature in part.names)
        _ensure_features(features, lines, name)
        task, classes = _task([one for _, one in outputs], name)
        taken = _Taken(lines, len(features), classes, task)
        for line, cells in table.rows():
            if line % _REPORT_EVERY == 0:
                ensure_not_cancelled(progress)
                progress.report(taken.count, lines, "Reading lines")
            taken.add(line, cells, inputs, outputs, {one.role: cells[place] for place, one in enumerate(columns)})
        taken.close()
        if taken.dropped:
            notes.append(f"{taken.dropped:,} lines without a value to be told were left out.")
        splits, more = _splits(taken, classes, name)
        filled = _fill_missing(taken.features, splits, features)
        group = next((one.name for one in columns if one.role == "group"), "")
        dialect = table.dialect
        return Contents(
            name=PurePosixPath(name).stem,
            task=task,
            classes=classes,
            channels=0,
            height=0,
            width=0,
            names=LineNames(taken.lines),
            labels=taken.labels if task == "classification" else None,
            tags=taken.answers.astype(np.uint8) if task == "multilabel" else None,
            values=taken.answers if task == "regression" else None,
            splits=splits,
            features=features,
            table=taken.features,
            groups=taken.groups if group else None,
            grouped_by=group,
            description=f"A table of {taken.count:,} lines and {len(columns)} columns, imported from {name!r}.",
            source=name,
            first_lines=tuple(tuple(cells) for _, cells in islice(table.rows(), _SHOWN)),
            notes=(*notes, *more, *filled),
            parameters={
                "columns": [
                    {"name": one.name, "type": one.type, "role": one.role, "missing": one.missing} for one in columns
                ],
                "encoding": dialect.encoding,
                "delimiter": dialect.delimiter,
                "decimal": dialect.decimal,
            },
        )


class LineNames(Sequence[str]):
    """What lines are called, ``line 2`` and so on, without a text in memory for each."""

    def __init__(self, lines: NDArray[np.int64]) -> None:
        self._lines = lines

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        found = self._lines[place]
        return [f"line {line}" for line in found] if isinstance(place, slice) else f"line {found}"


class _Taken:
    """The numbers of the lines, filled one by one."""

    def __init__(self, lines: int, features: int, classes: Sequence[str], task: Task) -> None:
        self.count = self.dropped = 0
        self.features = np.empty((lines, features), np.float32)
        self.lines = np.empty(lines, np.int64)
        self.labels = np.empty(lines, np.int64)
        self.answers = np.empty((lines, len(classes) if task != "classification" else 0), np.float32)
        self.groups: list[str] = []
        self.named: list[str] = []
        self._places = {text: place for place, text in enumerate(classes)}
        self._task = task

    def add(
        self,
        line: int,
        cells: Sequence[str],
        inputs: Sequence[tuple[int, Encoded]],
        outputs: Sequence[tuple[int, Column]],
        by_role: dict[str, str],
    ) -> None:
        """Take one line, unless it lacks what is to be told."""
        told = [cells[place] for place, _ in outputs]
        if any(cell.lower() in MISSING for cell in told):
            self.dropped += 1
            return
        row = self.count
        self.features[row] = [number for place, part in inputs for number in part.encode(cells[place])]
        self.lines[row] = line
        if self._task == "classification":
            self.labels[row] = self._places[told[0]]
        elif self._task == "multilabel":
            self.answers[row] = [cell == column.labels[1] for cell, (_, column) in zip(told, outputs, strict=True)]
        else:
            self.answers[row] = [column.number(cell) for cell, (_, column) in zip(told, outputs, strict=True)]
        if "group" in by_role:
            self.groups.append(sys.intern(by_role["group"]))  # a patient has many lines: one text for all of them
        if "split" in by_role:
            self.named.append(sys.intern(by_role["split"]))
        self.count += 1

    def close(self) -> None:
        """Cut off what was not filled."""
        for key in ("features", "lines", "labels", "answers"):
            setattr(self, key, getattr(self, key)[: self.count])


def _survey(table: DelimitedFile, progress: Progress) -> tuple[list[Column], int]:
    """Return what the columns hold, and how many lines there are."""
    columns = [Column(name, table.dialect.decimal) for name in table.columns]
    lines = 0
    for _, cells in table.rows():
        if lines % _REPORT_EVERY == 0:
            ensure_not_cancelled(progress)
            progress.report(lines, None, "Looking at the columns")
        for column, cell in zip(columns, cells, strict=True):
            column.add(cell)
        lines += 1
    return columns, lines


def _ensure_features(features: Sequence[str], lines: int, name: str) -> None:
    if len(features) > MOST_FEATURES or len(set(features)) < len(features):
        problem = f"more than {MOST_FEATURES:,}" if len(features) > MOST_FEATURES else "several of one name"
        raise ArchiveError(
            f"The columns of {name!r} become {len(features):,} features, {problem}.",
            "Choose fewer inputs; a column of texts becomes a feature for each of its texts.",
            file=name,
        )
    if lines * len(features) > MOST_VALUES:
        raise TooLargeError(
            f"{name!r} has {lines:,} lines that become {len(features):,} features each; at most "
            f"{MOST_VALUES:,} numbers are taken.",
            "Choose fewer inputs, or take a part of the lines.",
            file=name,
        )


def _task(outputs: Sequence[Column], name: str) -> tuple[Task, tuple[str, ...]]:
    """Return what is to be told, and the names of its classes or numbers."""
    types = [one.type for one in outputs]
    names = tuple(one.name for one in outputs)
    if len(outputs) == 1 and (types[0] in {"label", "binary"} or _is_grade(outputs[0])):
        labels = outputs[0].labels
        if not 2 <= len(labels) <= _MOST_CLASSES:
            raise ArchiveError(
                f"The column {names[0]!r} of {name!r} has {len(labels):,} different values, which would be classes.",
                f"What is to be told has 2 to {_MOST_CLASSES} classes, or is a number. Choose another output.",
                file=name,
            )
        return "classification", labels
    if len(outputs) > 1 and set(types) == {"binary"}:
        return "multilabel", names
    if set(types) <= {"int", "float", "binary"} and all(one.numbers and one.counts for one in outputs):
        return "regression", names
    told = ", ".join(f"{one} ({kind})" for one, kind in zip(names, types, strict=True))
    raise ArchiveError(
        f"The outputs of {name!r} cannot be told together: {told}.",
        "Choose one column of classes, several of two values each, or numbers.",
        file=name,
    )


def _is_grade(column: Column) -> bool:
    """Return whether whole numbers are so few that they are classes: grades, stages, digits."""
    return column.type == "int" and len(column.counts) <= 10 and sum(column.counts.values()) >= 5 * len(column.counts)


def _splits(taken: _Taken, classes: Sequence[str], name: str) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    alike = taken.labels if taken.answers.shape[1] == 0 else np.zeros(taken.count, np.int64)
    if taken.count < _FEWEST:
        raise ArchiveError(
            f"The table {name!r} has {taken.count} lines with a value to be told; at least {_FEWEST} are needed.",
            "Add lines, or choose another output.",
            file=name,
        )
    if not taken.named:
        splits, note = usual_splits(alike, taken.groups or None, "lines")
        return splits, (note,)
    codes = np.array([SPLITS.index(split_named(one) or "train") for one in taken.named], np.uint8)
    if taken.answers.shape[1] == 0:
        missing = np.setdiff1d(np.arange(len(classes)), alike[codes == TRAIN])
        if len(missing):
            raise ArchiveError(
                f"The class {classes[missing[0]]!r} of {name!r} has no lines in the training split.",
                "Add some, or leave the class out.",
                file=name,
            )
    splits, notes = fill_missing_splits(alike, codes)
    return splits, ("The splits are those of the table.", *notes)


def _fill_missing(table: NDArray[Any], splits: NDArray[np.uint8], features: Sequence[str]) -> list[str]:
    """Put the mean of the training lines where a number is missing, in place, and say so."""
    notes = []
    for place, feature in enumerate(features):
        missing = np.isnan(table[:, place])
        if missing.any():
            there = table[(splits == TRAIN) & ~missing, place].astype(np.float64)
            table[missing, place] = there.mean() if len(there) else 0.0
            notes.append(f"{int(missing.sum()):,} missing values of {feature!r} became the mean of the training lines.")
    return notes
