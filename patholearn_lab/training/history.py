"""What is known of a run when its curves are judged: its metrics by epoch, its learning rate, its data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, Self

STEP_LOSS = "train_loss_step"
LEARNING_RATE = "learning_rate"


class Point(Protocol):
    """One value of one metric, as a job writes it."""

    @property
    def name(self) -> str:
        """The metric."""

    @property
    def value(self) -> float | None:
        """None where it was no finite number."""

    @property
    def epoch(self) -> int | None:
        """Counted from 0; None where the point belongs to no epoch."""


@dataclass(frozen=True)
class Curve:
    """The finite values of one metric.

    Parameters
    ----------
    name
        The metric.
    epochs
        Counted from 1, in ascending order.
    values
        One for each epoch.
    broke_at
        The first epoch whose value was no finite number; None where there was none.
    """

    name: str
    epochs: tuple[int, ...] = ()
    values: tuple[float, ...] = ()
    broke_at: int | None = None

    def __len__(self) -> int:
        return len(self.values)

    @property
    def lowest(self) -> int:
        """The index of the smallest value."""
        return min(range(len(self)), key=self.values.__getitem__)

    @property
    def steps(self) -> tuple[float, ...]:
        """By how much each value is above the one before."""
        return tuple(later - earlier for earlier, later in zip(self.values, self.values[1:], strict=False))

    def at(self, epoch: int) -> float | None:
        """Return the value of an epoch; None where there is none."""
        return dict(zip(self.epochs, self.values, strict=True)).get(epoch)

    def mean(self, first: int, last: int | None = None) -> float:
        """Return the mean of the values from index `first` to before `last`."""
        part = self.values[first:last]
        return sum(part) / len(part)


@dataclass(frozen=True)
class History:
    """A run, as its curves are judged.

    Parameters
    ----------
    curves
        By name.
    learning_rate
        Of the first epoch; None where it is not known.
    epochs_wanted
        How many epochs the run was asked for; None where it is not known.
    splits
        For each split how many samples each class has; empty where the data is not known.
    counts
        What the numbers of `splits` count: "images", or "pixels" of masks (train alone, then).
    batch_size
        How many samples a batch has; None where it is not known.
    test_accuracy
        On the test split, of a run that is done.
    """

    curves: Mapping[str, Curve] = field(default_factory=dict)
    learning_rate: float | None = None
    epochs_wanted: int | None = None
    splits: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    counts: str = "images"
    batch_size: int | None = None
    test_accuracy: float | None = None

    @classmethod
    def of(cls, points: Iterable[Point], **facts: object) -> Self:
        """Return the history that metric points tell; `facts` are the other parameters."""
        curves = curves_of(points)
        rates = curves.get(LEARNING_RATE)
        known = {
            "learning_rate": rates.values[0] if rates else None,
            **{k: v for k, v in facts.items() if v is not None},
        }
        return cls(curves, **known)  # type: ignore[arg-type]

    def curve(self, name: str) -> Curve:
        """Return a curve; an empty one where the run has none of that name."""
        return self.curves.get(name, Curve(name))

    @property
    def train_loss(self) -> Curve:
        """The loss on the training samples."""
        return self.curve("train_loss")

    @property
    def valid_loss(self) -> Curve:
        """The loss on the validation samples."""
        return self.curve("valid_loss")

    @property
    def epochs(self) -> int:
        """How many epochs have a loss."""
        return max(len(self.train_loss), len(self.valid_loss))

    @property
    def chance(self) -> float | None:
        """The accuracy of always naming the largest class of train; None where no two classes are known."""
        counts = self.splits.get("train", {}).values()
        return max(counts) / sum(counts) if sum(count > 0 for count in counts) > 1 else None


def curves_of(points: Iterable[Point]) -> dict[str, Curve]:
    """Return the curves by epoch of metric points; where an epoch has several values, the last one counts."""
    found: dict[str, dict[int, float]] = {}
    broke: dict[str, int] = {}
    for point in points:
        if point.epoch is None or point.name.endswith("_step"):
            continue
        if point.value is None:
            broke.setdefault(point.name, point.epoch + 1)
        else:
            found.setdefault(point.name, {})[point.epoch + 1] = point.value
    return {
        name: Curve(name, *_columns(found.get(name, {})), broke.get(name))
        for name in sorted(found.keys() | broke.keys())
    }


def _columns(values: Mapping[int, float]) -> tuple[tuple[int, ...], tuple[float, ...]]:
    epochs = tuple(sorted(values))
    return epochs, tuple(values[epoch] for epoch in epochs)
