"""In which order samples go by in an epoch: at random, or so that rare classes are seen as often as common ones.

The order depends on the seed and the epoch alone, not on the number of workers or processes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from patholearn_lab.errors import DatasetError, InvalidInputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from patholearn_lab.datasets.store import DatasetStore


class Sampling(BaseModel):
    """How often samples are drawn in an epoch, and in which order.

    Parameters
    ----------
    by
        ``"shuffled"``: each sample once, in random order. ``"balanced"``: every class as often as every other one; of a
        class each sample comes once before any comes again. ``"balanced_batches"``: likewise, and every mini-batch has
        each class as often as the others. ``"weighted"``: classes as often as `weights` say.
    weights
        How often each class is drawn beside the others, by its name; a class that is left out counts 1.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: Literal["shuffled", "balanced", "balanced_batches", "weighted"] = "shuffled"
    weights: dict[str, Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]] = Field(default_factory=dict)


class Draw(NamedTuple):
    """A sample that was drawn: its place in the split, and the seed of what is done to it at random."""

    row: int
    seed: int


class EpochSampler:
    """The draws of each epoch, for a DataLoader's `sampler`. Iterating again gives the next epoch.

    Parameters
    ----------
    samples
        How many there are.
    seed
        The same seed gives the same draws in every epoch.
    sampling
        How often samples are drawn.
    labels, weights
        Their class indices, ``int64[samples]``, and how often each class is drawn, ``float64[classes]``: needed for any
        sampling but shuffled.
    shard
        Which part of the draws this process gets: its number, and of how many. All get equally many; where they do not
        come out even, some draws are repeated.
    """

    def __init__(
        self,
        samples: int,
        seed: int = 0,
        sampling: Sampling | None = None,
        labels: NDArray[np.int64] | None = None,
        weights: NDArray[np.float64] | None = None,
        shard: tuple[int, int] = (0, 1),
    ) -> None:
        number, shards = shard
        if not 0 <= number < shards:
            raise InvalidInputError(
                f"There is no part {number} of {shards}.", f"Parts are numbered from 0 to {shards - 1}."
            )
        self.samples, self.seed, self.shard = samples, seed, shard
        self.sampling = sampling or Sampling()
        self.epoch = 0
        self._labels, self._weights = labels, weights

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch comes next; Lightning does."""
        self.epoch = epoch

    def __len__(self) -> int:
        return math.ceil(self.samples / self.shard[1])

    def __iter__(self) -> Iterator[Draw]:
        import numpy as np

        number, shards = self.shard
        generator = np.random.default_rng([self.seed, self.epoch])
        self.epoch += 1
        order = self._order(generator)
        seeds = generator.integers(0, 2**63, len(order))
        places = np.arange(len(self) * shards) % max(len(order), 1)
        for place in places[number::shards].tolist():
            yield Draw(int(order[place]), int(seeds[place]))

    def _order(self, generator: np.random.Generator) -> NDArray[np.int64]:
        if self.sampling.by == "shuffled" or self.samples == 0:
            return generator.permutation(self.samples)
        assert self._labels is not None
        assert self._weights is not None
        even = self.sampling.by == "balanced_batches"
        return draw_by_class(self._labels, self._weights, generator, even=even, total=self.samples)


def draw_by_class(
    labels: NDArray[np.int64],
    weights: NDArray[np.float64],
    generator: np.random.Generator,
    *,
    even: bool,
    total: int,
) -> NDArray[np.int64]:
    """Return `total` samples, each class as often as its weight says: ``int64[total]``.

    Parameters
    ----------
    labels
        Class indices, ``int64[n]``.
    weights
        How often each class is drawn beside the others, ``float64[classes]``; a class without samples is passed over.
    generator
        Draws.
    even
        Whether classes take turns all the way, so that every stretch of the order has its share of each.
    total
        How many are drawn.
    """
    import numpy as np

    classes = [label for label in range(len(weights)) if weights[label] > 0 and (labels == label).any()]
    exact = np.array([weights[label] for label in classes]) / sum(weights[label] for label in classes) * total
    counts = np.floor(exact).astype(int)
    counts[np.argsort(counts - exact, kind="stable")[: total - counts.sum()]] += 1
    drawn, turns = [], []
    for label, count in zip(classes, counts.tolist(), strict=True):
        members = np.flatnonzero(labels == label)
        rounds = -(-count // len(members))
        drawn.append(np.concatenate([members[:0], *(generator.permutation(members) for _ in range(rounds))])[:count])
        # Where in the epoch each comes, from 0 to 1.
        turns.append((np.arange(count) + generator.random()) / max(count, 1) if even else generator.random(count))
    return np.asarray(np.concatenate(drawn)[np.argsort(np.concatenate(turns), kind="stable")])


def class_weights(store: DatasetStore, sampling: Sampling) -> NDArray[np.float64] | None:
    """Return how often each class is drawn, ``float64[classes]``; None where every sample is drawn once.

    Raises
    ------
    DatasetError
        When samples have no class.
    InvalidInputError
        When there is no such class, or none would be drawn.
    """
    import numpy as np

    if sampling.by == "shuffled":
        return None
    manifest = store.manifest
    if "labels" not in manifest.arrays:
        raise DatasetError(
            f"The samples of {manifest.name!r} have no class of their own, so they cannot be drawn by class.",
            "Draw them shuffled.",
        )
    chosen: Mapping[str, float] = sampling.weights if sampling.by == "weighted" else {}
    unknown = sorted(set(chosen) - set(manifest.classes))
    if unknown:
        raise InvalidInputError(
            f"There is no class {unknown[0]!r}.", f"The classes are {', '.join(manifest.classes)}.", name=unknown[0]
        )
    weights = np.array([chosen.get(name, 1.0) for name in manifest.classes])
    if not weights.any():
        raise InvalidInputError("No class would be drawn.", "Give at least one class a weight above 0.")
    return weights
