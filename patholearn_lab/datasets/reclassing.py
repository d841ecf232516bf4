"""Other classes: some kept, merged, renamed, or said to stand for what nobody annotated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from patholearn_lab.datasets.changes import Reclass
from patholearn_lab.datasets.drafts import Draft
from patholearn_lab.datasets.manifest import NO_LABEL, NOT_ANNOTATED, UNLABELED, Manifest
from patholearn_lab.errors import DatasetError, InvalidInputError


def reclassed(change: Reclass, draft: Draft) -> Draft:
    """Return a draft with other classes.

    Raises
    ------
    DatasetError, InvalidInputError
        When there is no such class, or fewer than two are left.
    """
    manifest = draft.manifest
    of = change.of or ("labels" if draft.labels is not None else "masks")
    if of not in manifest.arrays:
        raise DatasetError(f"The data set {manifest.name!r} has no {of}.", f"It has {', '.join(manifest.arrays)}.")
    names = manifest.classes if of == "labels" else manifest.mask_names
    becomes = _becomes(change, names)
    classes = tuple(dict.fromkeys(name for name in becomes.values() if name is not None))
    if len(classes) < 2:
        raise DatasetError(
            f"{len(classes)} classes would be left; a network needs two to tell apart.", "Keep or merge fewer of them."
        )
    nothing = NO_LABEL if of == "labels" else NOT_ANNOTATED
    codes = [nothing if (new := becomes[name]) is None else classes.index(new) for name in names]
    if of == "masks":
        values = np.full(256, NOT_ANNOTATED, np.uint8)
        values[: len(codes)] = codes
        sparse = (*manifest.sparse, "masks") if None in becomes.values() else manifest.sparse
        return replace(draft, mask_values=values).says(**_named(manifest, classes), sparse=tuple(dict.fromkeys(sparse)))
    if change.keep and draft.labels is not None:
        dropped = [place for place, name in enumerate(names) if name not in change.keep]
        draft = draft.only(np.isin(draft.labels, dropped, invert=True))
    table = np.array([*codes, nothing])
    assert draft.labels is not None
    labels = table[np.where(draft.labels >= 0, draft.labels, len(codes))]
    return replace(draft, labels=labels).says(classes=classes)


def _becomes(change: Reclass, names: Sequence[str]) -> dict[str, str | None]:
    """Return for each class what it becomes; None for what is not annotated."""
    merged = {old: new for new, olds in change.merge.items() for old in olds}
    asked = {*change.keep, *merged, *change.rename, *change.not_annotated}
    unknown = sorted(asked - {*names, *change.merge})
    if unknown:
        raise InvalidInputError(
            f"There is no class {unknown[0]!r}.", f"The classes are {', '.join(names)}.", name=unknown[0]
        )
    becomes: dict[str, str | None] = {}
    for name in names:
        new = merged.get(name, name)
        new = change.rename.get(new, new)
        left_out = bool(change.keep) and name not in change.keep
        becomes[name] = None if left_out or {name, new} & set(change.not_annotated) else new
    taken = [
        new for old, new in change.rename.items() if list(becomes.values()).count(new) > 1 and new not in change.merge
    ]
    for new in {*taken, *({UNLABELED} & {name for name in becomes.values() if name})}:
        raise InvalidInputError(
            f"A class cannot be renamed {new!r}.",
            "Merge classes that shall be one: merge={'new': ['one', 'other']}."
            if new != UNLABELED
            else "Say which classes are not annotated with not_annotated.",
        )
    return becomes


def _named(manifest: Manifest, classes: tuple[str, ...]) -> Mapping[str, Any]:
    """Return what a manifest says of the classes of masks."""
    return (
        {"classes": classes}
        if manifest.task == "segmentation" and not manifest.mask_classes
        else {"mask_classes": classes}
    )
