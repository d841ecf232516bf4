"""The shape rules as closed formulas, exact to torch, and the sentences for shapes that do not fit.

A rule takes milliseconds off every keystroke: the meta device needs 14-21 ms for 50 layers, these need less than one.
Convolutions and pooling have theirs in ``sliding.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

from patholearn_lab.graph.document import ParamValue
from patholearn_lab.graph.spec import Shape, Values


class ShapeProblem(Exception):  # noqa: N818  (an issue in the making, no failure of the program)
    """Shapes or settings that do not fit together.

    Parameters
    ----------
    code
        The issue's code.
    message
        What is wrong, as a sentence; the node is named around it.
    params, label
        Parameters that would mend it, and what to call that; none where there is no such way out.
    before
        The kind of a node in front that would mend it; `params` are that node's then.
    """

    def __init__(
        self, code: str, message: str, params: Mapping[str, ParamValue] | None = None, label: str = "", before: str = ""
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.params = dict(params or {})
        self.label = label
        self.before = before


def show(shape: Shape) -> str:
    """Return a shape as people write it: ``6 × 28 × 28``."""
    return " × ".join(str(size) for size in shape)


def flat(_values: Values, inputs: tuple[Shape, ...]) -> Shape:
    """Flatten: all values of an image in one row."""
    return (prod(inputs[0]),)


def unchanged(_values: Values, inputs: tuple[Shape, ...]) -> Shape:
    """Keep the input's shape."""
    return inputs[0]


def linear(values: Values, inputs: tuple[Shape, ...]) -> Shape:
    """Linear: the number of outputs, for every step of a sequence."""
    return (*inputs[0][:-1], values["out_features"])


def pair(size: Any) -> tuple[int, int]:
    """Return a size as (height, width): 3 is (3, 3)."""
    return size if isinstance(size, tuple) else (size, size)


def added(_values: Values, inputs: tuple[Shape, ...]) -> Shape:
    """Add: all shapes are equal."""
    if len(set(inputs)) > 1:
        listed = " and ".join(dict.fromkeys(show(shape) for shape in inputs))
        raise ShapeProblem(
            "shapes_differ",
            f"Only equal shapes can be added value by value, but {listed} come in.",
        )
    return inputs[0]


def multiplied(_values: Values, inputs: tuple[Shape, ...]) -> Shape:
    """Multiply: along each axis the sizes are equal, or 1, which is repeated (as ``torch.mul`` does it)."""
    output = tuple(max(sizes) for sizes in zip(*inputs, strict=False))
    if len({len(shape) for shape in inputs}) > 1 or any(
        size not in (1, whole) for shape in inputs for size, whole in zip(shape, output, strict=True)
    ):
        listed = " and ".join(dict.fromkeys(show(shape) for shape in inputs))
        raise ShapeProblem(
            "shapes_differ",
            f"Along each axis the sizes must be equal, or 1 (which is repeated), but {listed} come in.",
        )
    return output


def concatenated(_values: Values, inputs: tuple[Shape, ...]) -> Shape:
    """Concatenate along the channels (or features): everything else is equal."""
    if len({shape[1:] for shape in inputs}) > 1 or len({len(shape) for shape in inputs}) > 1:
        listed = " and ".join(dict.fromkeys(show(shape) for shape in inputs))
        raise ShapeProblem(
            "shapes_differ",
            f"Only images of equal height and width can be put behind one another, but {listed} come in.",
        )
    return (sum(shape[0] for shape in inputs), *inputs[0][1:])
