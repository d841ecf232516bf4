"""Other forms of the same numbers: rows, images, sequences."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

from patholearn_lab.graph import shapes
from patholearn_lab.graph.calls import UnreadableCallError
from patholearn_lab.graph.document import ParamValue
from patholearn_lab.graph.shapes import ShapeProblem, show
from patholearn_lab.graph.spec import BATCH, Argument, NodeSpec, Param, Port, Shape, Values, Window

_ANY = (Port(name="input", label="Image, sequence or vector", types=("image", "sequence", "vector")),)
_SAME = (Port(name="output", label="Same shape", same_as="input"),)

FLATTEN = NodeSpec(
    kind="flatten",
    label="Flatten",
    category="Shape",
    summary="Puts all values of an image into one row, as a Linear needs them.",
    target="torch.flatten",
    stem="flatten",
    style="function",
    basic=True,
    inputs=(Port(name="input", label="Image or sequence", types=("image", "sequence")),),
    outputs=(Port(name="output", label="Vector", types=("vector",)),),
    shape=shapes.flat,
    arguments=(Argument("start_dim", fixed=1),),
)


def _reshaped(values: Values, inputs: tuple[Shape, ...]) -> Shape:
    sizes, count = values["sizes"], prod(inputs[0])
    if len(sizes) > 3 or sizes.count(-1) > 1 or any(size < 1 for size in sizes if size != -1):
        raise ShapeProblem(
            "sizes_unusable",
            f"The sizes are {', '.join(map(str, sizes))}: up to three are possible, each 1 or more; one of them may be "
            "-1, which stands for what is left.",
            {"sizes": "-1"},
            "Make a vector",
        )
    fixed = prod(size for size in sizes if size != -1)
    if count % fixed or (-1 not in sizes and count != fixed):
        raise ShapeProblem(
            "sizes_differ",
            f"{show(inputs[0])} are {count:,} values, which do not fit into {show(sizes).replace('-1', '?')}.",
            {"sizes": "-1"},
            "Make a vector",
        )
    return tuple(count // fixed if size == -1 else size for size in sizes)


def _read_sizes(value: Any) -> Mapping[str, ParamValue]:
    batch, *sizes = value if isinstance(value, (tuple, list)) and value else (None,)
    if not sizes or not all(isinstance(size, int) for size in sizes) or (batch is not BATCH and batch != -1):
        raise UnreadableCallError("its first size is not that of the batch, so it mixes images with one another")
    if batch == -1 and -1 in sizes:
        raise UnreadableCallError("only one of its sizes may be -1")
    return {"sizes": ", ".join(map(str, sizes))}


RESHAPE = NodeSpec(
    kind="reshape",
    label="Reshape",
    category="Shape",
    summary="Writes the same values, in the same order, into an image, a sequence or a vector of other sizes.",
    target="torch.reshape",
    stem="reshape",
    style="function",
    inputs=_ANY,
    outputs=(Port(name="output", label="Other sizes", types=("image", "sequence", "vector")),),
    params=(
        Param(
            name="sizes",
            type="ints",
            default="-1",
            minimum=-1,
            maximum=1_000_000,
            label="Sizes",
            help="Three sizes make an image (channels, height, width), two a sequence (steps, features), one a vector. "
            "One of them may be -1: what is left.",
        ),
    ),
    shape=_reshaped,
    window=lambda _values, _inputs: None,
    arguments=(Argument("shape", positional=True, write=lambda values: (BATCH, *values["sizes"]), read=_read_sizes),),
    aliases=("torch.Tensor.reshape", "torch.Tensor.view"),
)


def _permuted(values: Values, inputs: tuple[Shape, ...]) -> Shape:
    axes = tuple(range(1, len(inputs[0]) + 1))
    if sorted(values["dims"]) != list(axes):
        turned = ", ".join(map(str, reversed(axes)))
        raise ShapeProblem(
            "axes_unusable",
            f"The order of the axes is {', '.join(map(str, values['dims']))}, but {show(inputs[0])} comes in, whose "
            f"axes are {', '.join(map(str, axes))}: each has to stand there once.",
            {"dims": turned},
            f"Use {turned}",
        )
    return tuple(inputs[0][axis - 1] for axis in values["dims"])


def _turned(values: Values, _inputs: tuple[Shape, ...]) -> Window | None:
    """Rows and columns are rows and columns only where nothing is turned."""
    return Window() if values["dims"] == (1, 2, 3) else None


def _read_dims(value: Any) -> Mapping[str, ParamValue]:
    dims = tuple(value) if isinstance(value, (tuple, list)) else ()
    if len(dims) < 2 or dims[0] != 0 or not all(isinstance(dim, int) for dim in dims):
        raise UnreadableCallError("its first axis is not that of the batch, so it mixes images with one another")
    return {"dims": ", ".join(str(dim % len(dims)) for dim in dims[1:])}


PERMUTE = NodeSpec(
    kind="permute",
    label="Permute",
    category="Shape",
    summary="Puts the axes into another order, for example the channels of an image last.",
    target="torch.permute",
    stem="permute",
    style="function",
    inputs=(Port(name="input", label="Image or sequence", types=("image", "sequence")),),
    outputs=(Port(name="output", label="Other order", same_as="input"),),
    params=(
        Param(
            name="dims",
            type="ints",
            default="2, 3, 1",
            minimum=1,
            maximum=3,
            label="Order",
            help="Which axis comes first, second, third: 1 the channels, 2 the height, 3 the width of an image; 1 the "
            "steps, 2 the features of a sequence. Axis 0, the images of a batch, stays in front.",
        ),
    ),
    shape=_permuted,
    window=_turned,
    arguments=(Argument("dims", positional=True, write=lambda values: (0, *values["dims"]), read=_read_dims),),
    aliases=("torch.Tensor.permute",),
)

IDENTITY = NodeSpec(
    kind="identity",
    label="Identity",
    category="Shape",
    summary="Gives what comes in: a place that can be named, or be filled later.",
    target="torch.nn.Identity",
    stem="identity",
    inputs=_ANY,
    outputs=_SAME,
    shape=shapes.unchanged,
)

SPECS = (FLATTEN, RESHAPE, PERMUTE, IDENTITY)
