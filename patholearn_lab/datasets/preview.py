"""What was found in a file, shown before it is imported."""

from __future__ import annotations

import base64
import io
import time
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from patholearn_lab.datasets.manifest import Split, Task
from patholearn_lab.progress import Progress, ensure_not_cancelled

if TYPE_CHECKING:
    from patholearn_lab.datasets.contents import Contents

EXAMPLES = 4
"""Images shown of each class."""

LOOK_S = 2.0
"""How long is looked for examples of every class: an archive may be sorted, and large."""

SIDE_PX = 128
"""The longer side of an example."""


class Example(BaseModel):
    """One image: a PNG in base64, and where it lies in the file."""

    model_config = ConfigDict(frozen=True)

    name: str
    class_name: str | None
    image: str


class TableColumn(BaseModel):
    """A column of a table: its type, what it is for, and how many cells are missing."""

    model_config = ConfigDict(frozen=True)

    name: str
    type: Literal["int", "float", "binary", "label"]
    role: Literal["input", "output", "group", "split", "left out"]
    missing: int


class TablePreview(BaseModel):
    """How a table is written, what its columns are, and its first lines as they are written."""

    model_config = ConfigDict(frozen=True)

    encoding: str
    delimiter: str
    decimal: str
    columns: tuple[TableColumn, ...]
    lines: tuple[tuple[str, ...], ...]


class Preview(BaseModel):
    """What a file holds.

    Attributes
    ----------
    format
        In words.
    name
        What the set would be called.
    splits
        As in a manifest: samples of each class in each split.
    table
        Of a table without images.
    """

    model_config = ConfigDict(frozen=True)

    format: str
    name: str
    task: Task
    classes: tuple[str, ...]
    channels: int
    height: int
    width: int
    splits: dict[Split, dict[str, int]]
    features: tuple[str, ...] = ()
    licence: str = ""
    description: str = ""
    notes: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    table: TablePreview | None = None


def preview_of(contents: Contents, format: str, progress: Progress) -> Preview:
    """Return what people want to see of a data set before it is stored.

    Parameters
    ----------
    contents
        The set; some of its samples are read.
    format
        In words.
    progress
        May cancel.
    """
    from patholearn_lab.datasets.statistics import count_splits

    return Preview(
        format=format,
        name=contents.name,
        task=contents.task,
        classes=contents.classes,
        channels=contents.channels,
        height=contents.height,
        width=contents.width,
        splits=count_splits(contents.classes, contents.labels, contents.splits),
        features=contents.features,
        licence=contents.licence,
        description=contents.description,
        notes=contents.notes,
        examples=_examples(contents, progress),
        table=_table(contents),
    )


def _table(contents: Contents) -> TablePreview | None:
    """Return how a table was read; None of a set that is none, or was read by an importer that does not say."""
    if not contents.first_lines:
        return None
    return TablePreview.model_validate({**contents.parameters, "lines": contents.first_lines})


def _examples(contents: Contents, progress: Progress) -> tuple[Example, ...]:
    """Return the first few images of each class, in the order of the classes."""
    if contents.channels == 0:
        return ()
    labels = None if contents.labels is None else contents.labels.tolist()
    wanted = EXAMPLES * (len(contents.classes) if labels else 3)
    found: list[tuple[int, Example]] = []
    seen: Counter[int] = Counter()
    deadline = time.monotonic() + LOOK_S
    with closing(contents.samples()) as samples:  # type: ignore[type-var]  # every importer writes a generator
        for number, sample in enumerate(samples):
            label = labels[number] if labels else 0
            if sample.image is not None and seen[label] < (EXAMPLES if labels else wanted):
                seen[label] += 1
                named = contents.classes[label] if labels and 0 <= label < len(contents.classes) else None
                found.append((label, Example(name=contents.names[number], class_name=named, image=_png(sample.image))))
            if len(found) == wanted or time.monotonic() > deadline:
                break
            ensure_not_cancelled(progress)
    return tuple(example for _, example in sorted(found, key=lambda pair: pair[0]))


def _png(image: Any) -> str:
    from PIL import Image

    picture = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
    picture.thumbnail((SIDE_PX, SIDE_PX))
    target = io.BytesIO()
    picture.save(target, "PNG")
    return base64.b64encode(target.getvalue()).decode()
