"""Will a training fit into the memory, and how long will it take: what one measured batch says about the whole.

Pure arithmetic, which needs no torch; :mod:`patholearn_lab.training.measuring` measures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal

from pydantic import BaseModel, ConfigDict, computed_field

from patholearn_lab.training.spec import MAX_BATCH_SIZE

MARGIN = 0.9
"""What is free may be filled so far: allocators keep some, and other programs come and go."""

PartName = Literal["weights", "gradients", "optimizer", "activations", "images", "passing", "program"]
_LABELS: dict[PartName, tuple[str, str]] = {
    "weights": ("Weights", "the network's parameters and running means"),
    "gradients": ("Gradients", "for every weight, which way it should change"),
    "optimizer": ("Optimizer", "what the optimizer remembers of each weight, such as Adam's two running means"),
    "activations": ("Activations", "what each layer gave, kept for every image of the batch until the way back"),
    "images": ("Images", "one batch of images and their labels"),
    "passing": ("In passing", "gradients of activations on their way back, and what operations need meanwhile"),
    "program": ("Program", "Python, torch, and the images that stay decoded in memory"),
}
GROWING: frozenset[PartName] = frozenset({"activations", "images", "passing"})
"""What grows with the batch; all else does not."""


class MemoryPart(BaseModel):
    """What takes memory: a name, what to call it, what it is, and how many bytes."""

    model_config = ConfigDict(frozen=True)

    name: PartName
    label: str
    text: str
    bytes: int


class LayerMemory(BaseModel):
    """A node of the graph and what it gives for one batch, in bytes, by the graph's rules."""

    model_config = ConfigDict(frozen=True)

    node: str
    bytes: int


class Estimate(BaseModel):
    """What a training will need.

    Parameters
    ----------
    device
        Where it was measured: ``"CPU"``, or the name of a GPU.
    parts
        What takes the memory, in bytes.
    needed_bytes, available_bytes
        The sum of the parts, and what is free there now, this program's own included.
    fits
        Whether `needed_bytes` are at most nine tenths of `available_bytes`.
    batch_size, largest_batch
        The size that was asked about, and the largest power of two that fits; None where none does.
    parameters
        Numbers to learn.
    batches, valid_batches, epochs
        Of an epoch of training, of the validation after it, and how many epochs.
    batch_s, epoch_s, total_s
        Seconds for one batch, an epoch with its validation, and all epochs; measured, the first batch left out.
    measured_batches, measured_batch_size
        How many batches were timed, and of which size: a smaller one where the asked one does not fit.
    layers
        The layers of the graph that give most, the largest first; empty for a cell that nobody drew.
    """

    model_config = ConfigDict(frozen=True)

    device: str
    parts: tuple[MemoryPart, ...]
    needed_bytes: int
    available_bytes: int
    fits: bool
    batch_size: int
    largest_batch: int | None
    parameters: int
    batches: int
    valid_batches: int
    epochs: int
    batch_s: float
    epoch_s: float
    total_s: float
    measured_batches: int
    measured_batch_size: int
    layers: tuple[LayerMemory, ...] = ()

    @computed_field  # type: ignore[prop-decorator]
    @property
    def reasons(self) -> tuple[str, ...]:
        """What it says, in sentences: whether it fits, what takes the memory, how long it takes."""
        return tuple(_reasons(self))

    def __str__(self) -> str:
        return "\n".join(self.reasons)


@dataclass(frozen=True)
class Measured:
    """What was measured with a batch of `batch_size`.

    Parameters
    ----------
    sizes
        Bytes of each part.
    batch_s, valid_batch_s
        Median seconds of a batch of training and of validation.
    timed
        How many batches of training were timed.
    """

    device: str
    sizes: dict[PartName, int]
    available_bytes: int
    parameters: int
    batch_size: int
    batch_s: float
    valid_batch_s: float
    timed: int


def scaled(sizes: dict[PartName, int], from_batch: int, to_batch: int) -> dict[PartName, int]:
    """Return what the parts are for another size of batch."""
    return {name: ceil(size * to_batch / from_batch) if name in GROWING else size for name, size in sizes.items()}


def fits(sizes: dict[PartName, int], available_bytes: int) -> bool:
    """Return whether parts fit into what is free."""
    return sum(sizes.values()) <= MARGIN * available_bytes


def largest_batch(sizes: dict[PartName, int], batch_size: int, available_bytes: int) -> int | None:
    """Return the largest power of two that fits as a batch; None where not even one image does."""
    size = MAX_BATCH_SIZE
    while size and not fits(scaled(sizes, batch_size, size), available_bytes):
        size //= 2
    return size or None


def estimate_of(
    measured: Measured,
    *,
    batch_size: int,
    epochs: int,
    train_samples: int,
    valid_samples: int,
    layers: Sequence[LayerMemory] = (),
) -> Estimate:
    """Return what a measured batch says about the whole training."""
    sizes = scaled(measured.sizes, measured.batch_size, batch_size)
    batches, valid_batches = ceil(train_samples / batch_size), ceil(valid_samples / batch_size)
    larger = batch_size / measured.batch_size
    epoch_s = larger * (batches * measured.batch_s + valid_batches * measured.valid_batch_s)
    return Estimate(
        device=measured.device,
        parts=tuple(
            MemoryPart(name=name, label=label, text=text, bytes=sizes[name])
            for name, (label, text) in _LABELS.items()
            if sizes.get(name)
        ),
        needed_bytes=sum(sizes.values()),
        available_bytes=measured.available_bytes,
        fits=fits(sizes, measured.available_bytes),
        batch_size=batch_size,
        largest_batch=largest_batch(measured.sizes, measured.batch_size, measured.available_bytes),
        parameters=measured.parameters,
        batches=batches,
        valid_batches=valid_batches,
        epochs=epochs,
        batch_s=larger * measured.batch_s,
        epoch_s=epoch_s,
        total_s=epochs * epoch_s,
        measured_batches=measured.timed,
        measured_batch_size=measured.batch_size,
        layers=tuple(layers),
    )


def _reasons(estimate: Estimate) -> list[str]:
    needed, free = in_bytes(estimate.needed_bytes), in_bytes(estimate.available_bytes)
    where = "memory" if estimate.device == "CPU" else f"memory on {estimate.device}"
    if estimate.fits:
        first = f"It fits: a batch of {estimate.batch_size} needs about {needed} of {free} free {where}."
    elif estimate.largest_batch is None:
        first = (
            f"It may not fit: a batch of {estimate.batch_size} needs about {needed}, and {free} of {where} are free. "
            "Not even one image at a time does: take smaller images or fewer filters."
        )
    else:
        first = (
            f"It may not fit: a batch of {estimate.batch_size} needs about {needed}, and {free} of {where} are free. "
            f"A batch of {estimate.largest_batch} would fit."
        )
    most = max((part for part in estimate.parts if part.name != "program"), key=lambda part: part.bytes)
    second = f"Of the training itself, {most.label.lower()} take most, {in_bytes(most.bytes)}: {most.text}."
    if most.name == "activations" and estimate.layers:
        layer = estimate.layers[0]
        second += f" The layer {layer.node} alone gives {in_bytes(layer.bytes)}."
    times = (
        f"An epoch takes about {in_time(estimate.epoch_s)} ({estimate.batches} batches of "
        f"{in_time(estimate.batch_s)}), all {estimate.epochs} about {in_time(estimate.total_s)}; measured on "
        f"{estimate.measured_batches} batch{'' if estimate.measured_batches == 1 else 'es'}"
    )
    if estimate.measured_batch_size != estimate.batch_size:
        times += f" of {estimate.measured_batch_size}"
    return [first, second, f"{times}."]


def in_bytes(size: int) -> str:
    """Return ``1.2 GB`` for 1,200,000,000."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.{0 if size >= 100 * factor else 1}f} {unit}"
    return f"{size} bytes"


def in_time(seconds: float) -> str:
    """Return ``2 min`` for 118, and ``35 ms`` for 0.035."""
    if seconds < 1:
        return f"{max(1, round(seconds * 1000))} ms"
    if seconds < 90:
        return f"{seconds:.{1 if seconds < 10 else 0}f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{seconds / 3600:.1f} h"
