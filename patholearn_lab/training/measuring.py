"""One batch, measured: what a training step keeps in memory, and how long it takes.

A few images go first, with every tensor counted that autograd keeps for the way back. Only where their number says that
the whole batch fits is the whole batch timed; else as many images as fit are.

Imports torch and lightning at the top: only the child process of a job loads this module.
"""

# ruff: noqa: ARG002  (the hooks' parameters are Lightning's)

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import lightning as L
import psutil
import torch
from lightning.pytorch.utilities.model_helpers import is_overridden

from patholearn_lab.training.estimate import Measured, PartName, fits, largest_batch, scaled
from patholearn_lab.training.quiet import quiet_lightning

FIRST = 4
"""Images of the first batch: two at least, because a batch norm needs several."""
_LEAST_BATCHES = 3
_MOST_BATCHES = 30
_SECONDS = 3.0
_CGROUP = (
    (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")),
    (Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"), Path("/sys/fs/cgroup/memory/memory.usage_in_bytes")),
)


class _MeasuredError(Exception):
    """Ends a fit, because enough was measured."""


def measure(
    model: L.LightningModule,
    data_of: Callable[[int], L.LightningDataModule],
    batch_size: int,
    callbacks: Iterable[L.Callback],
    folder: Path,
    options: Mapping[str, Any],
) -> Measured:
    """Return what a batch needs. The network is changed by some steps of training.

    Parameters
    ----------
    model
        The network.
    data_of
        Gives the data in batches of a size.
    batch_size
        The size that is asked about.
    callbacks
        What the training has besides, such as what sets its learning rate.
    folder
        Where Lightning may write.
    options
        What the trainer is made with besides, such as its precision.

    Raises
    ------
    Exception
        Whatever the network's own code raises.
    """
    callbacks = list(callbacks)
    first = min(FIRST, batch_size)
    counting = _Counting()
    _fit(model, data_of(first), [*callbacks, counting], folder, options)
    sizes, available = counting.sizes, counting.available
    size = batch_size
    if not fits(scaled(sizes, first, size), available):
        size = largest_batch(sizes, first, available) or first
    timing = _Timing()
    _fit(model, data_of(size), [*callbacks, timing], folder, options)
    if timing.peak and size >= first:
        # On a GPU the allocator knows the peak; what the parts do not explain is what operations need meanwhile.
        grown = scaled(sizes, first, size)
        rest = timing.peak - sum(value for name, value in grown.items() if name not in ("passing", "program"))
        sizes = {**grown, "passing": max(0, rest)}
    else:
        sizes = scaled(sizes, first, size)
    return Measured(
        device=counting.device,
        sizes=sizes,
        available_bytes=available,
        parameters=sum(weight.numel() for weight in model.parameters() if weight.requires_grad),
        batch_size=size,
        batch_s=timing.batch_s,
        valid_batch_s=timing.valid_batch_s,
        timed=len(timing.batches),
    )


def _fit(
    model: L.LightningModule,
    data: L.LightningDataModule,
    callbacks: list[L.Callback],
    folder: Path,
    options: Mapping[str, Any],
) -> None:
    """Train until a callback has seen enough, then look at some batches of the validation."""
    with quiet_lightning():
        trainer = L.Trainer(
            max_epochs=1,
            accelerator="auto",
            devices=1,
            logger=False,
            num_sanity_val_steps=0,
            check_val_every_n_epoch=2,
            limit_val_batches=_LEAST_BATCHES,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            default_root_dir=folder,
            callbacks=callbacks,
            **options,
        )
        with suppress(_MeasuredError):
            trainer.fit(model, datamodule=data)
        if is_overridden("validation_step", model, L.LightningModule):
            trainer.validate(model, datamodule=data, verbose=False)


class _Counting(L.Callback):
    """Counts what one step keeps: autograd tells of every tensor that it saves."""

    def __init__(self) -> None:
        self.sizes: dict[PartName, int] = {}
        self.available = 0
        self.device = "CPU"
        self._saved: dict[int, int] = {}
        self._known: set[int] = set()
        self._hooks: Any = None

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Look how much is free, with the network in place."""
        device = trainer.strategy.root_device
        own = _bytes((*pl_module.parameters(), *pl_module.buffers()))
        if device.type == "cuda":
            self.device = torch.cuda.get_device_name(device)
            self.available = torch.cuda.mem_get_info(device)[0] + torch.cuda.memory_reserved(device)
            self.sizes["program"] = 0
        else:
            resident = psutil.Process().memory_info().rss
            self.available = free_memory() + resident
            self.sizes["program"] = max(0, resident - own)
        self.sizes["weights"] = own

    def on_train_batch_start(
        self, trainer: L.Trainer, pl_module: L.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Begin to listen."""
        tensors = list(_tensors(batch))
        self.sizes["images"] = _bytes(tensors)
        self._known = {_memory(tensor) for tensor in (*pl_module.parameters(), *pl_module.buffers(), *tensors)}
        self._hooks = torch.autograd.graph.saved_tensors_hooks(self._save, lambda tensor: tensor)
        self._hooks.__enter__()

    def _save(self, tensor: torch.Tensor) -> torch.Tensor:
        if _memory(tensor) not in self._known:
            self._saved[_memory(tensor)] = tensor.untyped_storage().nbytes()
        # The tensor itself would hold the step that made it, and that step the tensor.
        return tensor.detach()

    def on_train_batch_end(
        self, trainer: L.Trainer, pl_module: L.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Sum up, and end the fit."""
        self._hooks.__exit__(None, None, None)
        # Lightning clears gradients before the next step, so they are as many as the weights that learn.
        self.sizes["gradients"] = _bytes(weight for weight in pl_module.parameters() if weight.requires_grad)
        states = [state for optimizer in trainer.optimizers for state in optimizer.state.values()]
        self.sizes["optimizer"] = _bytes(_tensors(states))
        self.sizes["activations"] = sum(self._saved.values())
        self.sizes["passing"] = 2 * max(self._saved.values(), default=0)
        raise _MeasuredError


class _Timing(L.Callback):
    """Times batches from the start of one to the start of the next, the first left out."""

    def __init__(self) -> None:
        self.batches: list[float] = []
        self.peak = 0
        self._valid: list[float] = []
        self._last = 0.0
        self._began = 0.0
        self._seen = 0

    @property
    def batch_s(self) -> float:
        """Median seconds of a batch of training."""
        return statistics.median(self.batches)

    @property
    def valid_batch_s(self) -> float:
        """Median seconds of a batch of validation; 0 where there is none."""
        return statistics.median(self._valid) if self._valid else 0.0

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Start the clock."""
        if trainer.strategy.root_device.type == "cuda":
            torch.cuda.reset_peak_memory_stats()
        self._began = self._last = time.perf_counter()

    def on_train_batch_end(
        self, trainer: L.Trainer, pl_module: L.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Take the time, and end the fit after enough of them."""
        now = self._now(trainer)
        self._seen += 1
        # The first batch finds memory and plans kernels; where an epoch has only one, it is all there is.
        if self._seen == 2:
            self.batches.clear()
        self.batches.append(now - self._last)
        self._last = now
        if trainer.strategy.root_device.type == "cuda":
            self.peak = max(self.peak, torch.cuda.max_memory_allocated())
        if self._seen > _MOST_BATCHES or (self._seen > _LEAST_BATCHES and now - self._began > _SECONDS):
            raise _MeasuredError

    def on_validation_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Start the clock again."""
        self._last = time.perf_counter()

    def on_validation_batch_end(self, trainer: L.Trainer, *_: Any, **__: Any) -> None:
        """Take the time of a batch of validation."""
        now = self._now(trainer)
        self._valid.append(now - self._last)
        self._last = now

    @staticmethod
    def _now(trainer: L.Trainer) -> float:
        if trainer.strategy.root_device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter()


def free_memory() -> int:
    """Return how many bytes a program may still take: of the machine, and of the container that it is in."""
    free = int(psutil.virtual_memory().available)
    for limit, used in _CGROUP:
        try:
            free = min(free, int(limit.read_text()) - int(used.read_text()))
        except (OSError, ValueError):
            # No such control group, or no limit ("max").
            continue
    return max(0, free)


def _memory(tensor: torch.Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def _bytes(tensors: Iterable[torch.Tensor]) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def _tensors(value: Any) -> Iterable[torch.Tensor]:
    """Yield the tensors in a batch, or in what an optimizer remembers."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _tensors(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _tensors(item)
