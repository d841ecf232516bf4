"""The card of a data set: what is in it, where it came from, and how it was made. Light: no numpy, no zarr."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from patholearn_lab.graph.inputs import DatasetShape, Target

Split = Literal["train", "valid", "test"]
Visibility = Literal["private", "group", "public"]
Task = Literal["classification", "segmentation", "multilabel", "regression"]
Looks = Literal["blank", "blurred"]
"""How an image may look that should perhaps not be there: of nearly one color, or out of focus."""

SPLITS: tuple[Split, ...] = ("train", "valid", "test")
"""The names of the splits, in the order of their codes in a store."""

NOT_ANNOTATED = 255
"""The value of a pixel in a mask that nobody annotated. It has no weight in a loss, and no metric counts it."""

NO_LABEL = -100
"""The label of a sample that nobody annotated: the one that torch's losses leave out by themselves."""

UNLABELED = "not annotated"
"""Under which name such samples are counted; no class may be called so."""

ALL = "all"
"""The one entry of a split's counts where samples have no class of their own (segmentation)."""


USUAL_TARGETS: dict[Task, Target] = {
    "classification": "labels",
    "segmentation": "masks",
    "multilabel": "tags",
    "regression": "values",
}
"""What the samples of a set are compared with where nothing else is said."""


def targets_of(arrays: Sequence[str]) -> tuple[Target, ...]:
    """Return what samples with these arrays can be compared with.

    From a mask follows which classes occur in an image (``tags``), and the share of its pixels that each has
    (``values``); sets without masks have them only where they were given.
    """
    there = {*arrays, *(("tags", "values") if "masks" in arrays else ())}
    order: tuple[Target, ...] = ("labels", "masks", "tags", "values")
    return tuple(target for target in order if target in there)


class Manifest(BaseModel):
    """What there is to know about one version of a data set without opening its arrays.

    Attributes
    ----------
    classes
        Names by class index. For segmentation the index is the pixel value in a mask; for several labels a sample
        (multilabel) and for numbers (regression) it is the column.
    channels, height, width
        Of the images; 0 in a set that is a table without images.
    splits
        Samples of each class in each split; where samples have no class of their own one entry, ``"all"``.
    mean, std
        Per channel, over the pixels of the training split, for pixel values between 0 and 1.
    arrays
        What each sample has besides its image: ``labels``, ``tags``, ``values``, ``masks``, ``instances``,
        ``features``, ``groups``, ``coordinates`` and ``folds``.
    grouped_by
        What samples of one group have in common, such as ``patient`` or ``slide``; empty where nobody said.
    features
        The names of the columns of its table, in their order: numbers that each sample has beside its image.
    feature_mean, feature_std
        Of each feature, over the training split.
    mask_classes
        Names by pixel value in a mask, where they are not `classes`.
    mask_pixels
        How many pixels of the training split have each value of `mask_names`; empty in sets without masks, and in sets
        that an older version stored.
    notes
        Sentences about what was decided while the set was made, such as a split that was cut from another.
    groups
        How many groups (patients, slides) its samples come from; 0 where nobody said.
    folds
        Into how many folds the samples outside of the test split are divided, for cross-validation; 0 for none.
    sparse
        Which of ``labels`` and ``masks`` are not annotated everywhere: see :data:`NOT_ANNOTATED`.
    changes
        What made this version of its first one, each change as :mod:`~patholearn_lab.datasets.changes` has it; of more
        than 200 samples only how many they were.
    drawn
        Whether the images were drawn by code.
    computed_labels
        Whether the labels or masks were computed rather than given by a person.
    content_hash
        SHA-256 of all arrays but the names; equal content has an equal hash, compressed or not.
    digests
        SHA-256 of the bytes of each array; empty in sets that an older version stored.
    fingerprint
        SHA-256 of the file that was imported; empty where there was none.
    """

    model_config = ConfigDict(frozen=True)

    schema_version: Literal[1] = 1
    id: str
    name: str
    version: int = Field(default=1, ge=1)
    task: Task
    classes: tuple[str, ...]
    channels: Literal[0, 1, 3]
    height: int = Field(ge=0)
    width: int = Field(ge=0)
    splits: dict[Split, dict[str, int]]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    arrays: tuple[str, ...]
    mask_classes: tuple[str, ...] = ()
    mask_pixels: tuple[int, ...] = ()
    features: tuple[str, ...] = ()
    feature_mean: tuple[float, ...] = ()
    feature_std: tuple[float, ...] = ()
    groups: int = Field(default=0, ge=0)
    grouped_by: str = ""
    folds: int = Field(default=0, ge=0)
    sparse: tuple[Literal["labels", "masks"], ...] = ()
    changes: tuple[dict[str, Any], ...] = ()
    description: str = ""
    source: str = ""
    licence: str = ""
    notes: tuple[str, ...] = ()
    drawn: bool = False
    computed_labels: bool = False
    parameters: dict[str, Any] = Field(default_factory=dict)
    created_at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    created_by: str = ""
    owner: str = ""
    visibility: Visibility = "private"
    content_hash: str = ""
    digests: dict[str, str] = Field(default_factory=dict)
    fingerprint: str = ""

    @property
    def total(self) -> int:
        """The number of samples in all splits."""
        return sum(self.count(split) for split in self.splits)

    @property
    def mask_names(self) -> tuple[str, ...]:
        """The names of the classes in the masks; empty where there are none."""
        if "masks" not in self.arrays:
            return ()
        return self.mask_classes or (self.classes if self.task == "segmentation" else ("background", "foreground"))

    @property
    def usual_target(self) -> Target:
        """What its samples are compared with where nothing else is said."""
        return USUAL_TARGETS[self.task]

    def count(self, split: Split) -> int:
        """Return the number of samples in `split`."""
        return sum(self.splits.get(split, {}).values())

    def unit(self, target: str) -> str:
        """Return the unit of a target's values; empty where it has none."""
        return "share of the pixels" if target == "values" and "masks" in self.arrays else ""

    def shape(self) -> DatasetShape:
        """Return what a graph needs to know about the set."""
        from patholearn_lab.graph.inputs import DatasetShape

        return DatasetShape(
            id=self.id,
            name=self.name,
            task=self.task,
            channels=self.channels,
            height=self.height,
            width=self.width,
            classes=self.classes,
            train_samples=self.count("train"),
            targets=targets_of(self.arrays),
            features=self.features,
            sparse=self.sparse,
            mask_classes=self.mask_classes or (() if self.task == "segmentation" else self.mask_names),
            label_counts=tuple(self.splits.get("train", {}).get(name, 0) for name in self.classes)
            if "labels" in self.arrays
            else (),
            mask_counts=self.mask_pixels,
        )
