"""A training that ran out of memory: which batch size fits."""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from patholearn_lab.errors import CodeError

_WORDS = re.compile(r"out of memory|can't allocate memory|not enough memory", re.IGNORECASE)


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an exception says that memory is used up, of a GPU or of the machine."""
    return isinstance(error, (MemoryError, torch.cuda.OutOfMemoryError)) or bool(
        isinstance(error, RuntimeError) and _WORDS.search(str(error))
    )


def out_of_memory(
    error: BaseException, model: torch.nn.Module, shapes: Sequence[tuple[int, ...]], batch_size: int
) -> CodeError:
    """Return the error of a training that ran out of memory, with the batch size that fits, found by trying.

    Parameters
    ----------
    error
        What was raised; the tensors that its traceback holds are let go of.
    model
        The network, where it was trained.
    shapes
        The shapes of what ``forward`` takes, for one sample.
    batch_size
        The size that was too large.
    """
    traceback.clear_frames(error.__traceback__)
    fits = largest_batch(model, shapes, batch_size // 2)
    changes = {} if fits is None else {"batch_size": fits}
    hint = (
        "Not even one image at a time fits: take smaller images, fewer filters, or a machine with more memory."
        if fits is None
        else f"A batch of {fits} fits: it was tried just now. Smaller images or fewer filters help as well."
    )
    return CodeError(
        f"The memory is used up: a batch of {batch_size} does not fit.",
        hint,
        line=None,
        traceback_tail=traceback.format_exception_only(error),
        cause="out_of_memory",
        changes=changes,
    )


def largest_batch(model: torch.nn.Module, shapes: Sequence[tuple[int, ...]], most: int) -> int | None:
    """Return the largest of `most`, its half, a quarter, … with which `model` goes forward and back; None where none.

    Gradients are cleared afterwards; the weights stay as they are.
    """
    size, device = most, next(model.parameters()).device
    while size >= 1:
        try:
            _total(model(*(torch.zeros(size, *shape, device=device) for shape in shapes))).backward()  # type: ignore[no-untyped-call]
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                return None
        else:
            return size
        finally:
            model.zero_grad(set_to_none=True)
            if device.type == "cuda":
                torch.cuda.empty_cache()
        size //= 2
    return None


def _total(outputs: Any) -> torch.Tensor:
    parts = list(outputs.values()) if isinstance(outputs, Mapping) else [outputs]
    return torch.stack([part.float().sum() for part in parts]).sum()
