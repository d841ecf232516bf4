"""What a network is traced with: an image, sequence or vector, and beside it maybe a row of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from patholearn_lab.errors import InvalidInputError
from patholearn_lab.graph.spec import Shape

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Examples:
    """One or two tensors, the batch first. Only their sizes and types are used."""

    tensors: tuple[torch.Tensor, ...]

    def __str__(self) -> str:
        return " and ".join(str(tuple(tensor.shape)) for tensor in self.tensors)

    @property
    def shape(self) -> Shape:
        """Sizes of the first without the batch."""
        return tuple(self.tensors[0].shape[1:])

    def of(self, batch: int) -> tuple[torch.Tensor, ...]:
        """Return tensors of the same sizes and types, with so many samples each."""
        import torch

        return tuple(torch.zeros((batch, *tensor.shape[1:]), dtype=tensor.dtype) for tensor in self.tensors)

    def beside(self, names: Sequence[str]) -> tuple[str, int] | None:
        """Return the name of the table's row, given the names of all inputs, and how many numbers it has."""
        return (names[1], int(self.tensors[1].shape[1])) if len(self.tensors) > 1 else None


def examples_of(example: Any) -> Examples:
    """Return what a person gives as an example: a tensor, or an image and a table in a tuple or list.

    Raises
    ------
    InvalidInputError
        When it is no such thing.
    """
    import torch

    tensors = tuple(example) if isinstance(example, (tuple, list)) else (example,)
    for tensor in tensors:
        if not isinstance(tensor, torch.Tensor):
            raise InvalidInputError(
                f"The example is a {type(tensor).__name__}; a network is drawn from tensors.",
                "Give one input with its batch, such as torch.zeros(1, 3, 224, 224).",
            )
    if (len(tensors) == 2 and tensors[1].dim() != 2) or len(tensors) not in (1, 2):
        raise InvalidInputError(
            f"The example has {len(tensors)} tensors, of {Examples(tensors)}; a network is drawn from one, or from an "
            "image and a row of a table.",
            "Give (images, table), the table as [samples, features]: (torch.zeros(1, 3, 64, 64), torch.zeros(1, 8)).",
        )
    return Examples(tensors)
