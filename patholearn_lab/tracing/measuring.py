"""What a module takes, gives and costs, found out on torch's meta device: shapes without numbers, so that it is quick.

The tables of whole networks (`graph/zoo`) are made with it, and a test measures a sample of them again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils.flop_counter import FlopCounterMode

LARGEST_STEP = 64
"""The largest number that the sides of an image may have to be multiples of."""


@dataclass(frozen=True)
class Measured:
    """What a forward pass of one image gives and costs.

    Parameters
    ----------
    output
        The shape of what comes out, without the batch axis.
    parameters
        The numbers that can be learned.
    multiply_adds
        Those of convolutions, matrix products and attention: half of what torch's flop counter counts.
    activations
        How many values the innermost modules give out.
    """

    output: tuple[int, ...]
    parameters: int
    multiply_adds: int
    activations: int


class _EmptyOnMeta(TorchFunctionMode):
    """Makes the memory of weights on the meta device; what a constructor computes with stays on the processor."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if func is torch.empty and kwargs.get("device") is None:
            kwargs["device"] = "meta"
        return func(*args, **kwargs)


def on_meta(make: Callable[[], nn.Module]) -> nn.Module:
    """Return the module that `make` makes, in evaluation mode, and without any number in its weights to be learned."""
    try:
        with _EmptyOnMeta():
            module = make()
    except RuntimeError:
        # A constructor that uses a part of itself needs all its numbers on one device.
        with torch.device("meta"):
            module = make()
    return module.to("meta").eval().requires_grad_(False)


def measure(module: nn.Module, image: Sequence[int]) -> Measured:
    """Return what one image of that shape (channels, height, width) costs in a module on the meta device."""
    counted: list[int] = []
    with _outputs_of_leaves(module, counted), torch.no_grad(), FlopCounterMode(display=False) as flops:
        output = module(torch.empty(1, *image, device="meta"))
    return Measured(
        output=tuple(output.shape[1:]),
        parameters=sum(parameter.numel() for parameter in module.parameters()),
        multiply_adds=flops.get_total_flops() // 2,
        activations=sum(counted),
    )


def takes(module: nn.Module, side: int, channels: int = 3) -> bool:
    """Return whether a module on the meta device takes a square image of that side."""
    try:
        with torch.no_grad():
            output = module(torch.empty(1, channels, side, side, device="meta"))
    except (RuntimeError, ValueError, AssertionError, TypeError, IndexError, ZeroDivisionError):
        return False
    return bool(output.numel())


def sides(module: nn.Module, side: int, channels: int = 3) -> tuple[int, int]:
    """Return the smallest side and the step of the sides that a module takes, given one that it takes.

    (`side`, 0) where it takes no other. The step is 1 where any larger image will do, and a power of 2 else.
    """
    step = 1
    while step <= LARGEST_STEP and not takes(module, side + step, channels):
        step *= 2
    if step > LARGEST_STEP:
        return side, 0
    too_small, taken = 0, side // step
    while taken - too_small > 1:
        middle = (taken + too_small) // 2
        if takes(module, middle * step, channels):
            taken = middle
        else:
            too_small = middle
    return taken * step, step


@contextmanager
def calls_of(parts: Iterable[nn.Module], *, inputs: bool = False) -> Iterator[dict[nn.Module, int]]:
    """Give a dictionary that gets how many values come out of (or into) each of the parts that are used meanwhile."""
    counted: dict[nn.Module, int] = {}

    def count(part: nn.Module, arriving: tuple[torch.Tensor, ...], output: Any) -> None:
        tensor = arriving[0] if inputs else output
        counted[part] = counted.get(part, 0) + prod(tensor.shape)

    handles = [part.register_forward_hook(count) for part in parts]
    try:
        yield counted
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def _outputs_of_leaves(module: nn.Module, counted: list[int]) -> Iterator[None]:
    def count(_module: nn.Module, _inputs: Any, output: Any) -> None:
        if isinstance(output, torch.Tensor):
            counted.append(prod(output.shape))

    handles = [part.register_forward_hook(count) for part in module.modules() if not list(part.children())]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
