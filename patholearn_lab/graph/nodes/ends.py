"""Where a graph begins: a data set, or a constant input that only says how large the input is; beside it a table."""

from __future__ import annotations

from math import prod

from patholearn_lab.graph.cost import FLOAT_BYTES
from patholearn_lab.graph.shapes import ShapeProblem, show
from patholearn_lab.graph.spec import NodeSpec, Outcome, Param, Port, Shape, Values, Window

DATASET = NodeSpec(
    kind="dataset",
    label="Data set",
    category="Data",
    summary="Gives the images that the network learns from.",
    stem="data",
    style="end",
    role="input",
    basic=True,
    unique=True,
    outputs=(Port(name="images", label="Images", types=("image",)),),
    params=(
        Param(
            name="dataset",
            type="dataset",
            default="",
            label="Data set",
            help="Which images to learn from. Their size and number of classes decide the shapes in the graph.",
        ),
    ),
)

_USUAL = (3, 64, 64)
_MOST_AXES = 3


def _given(values: Values, _inputs: tuple[Shape, ...], _windows: tuple[Window | None, ...]) -> Outcome:
    """Return the shape that somebody wrote down; pixels of an image each see themselves."""
    shape: Shape = values["shape"]
    if len(shape) > _MOST_AXES:
        raise ShapeProblem(
            "too_many_axes",
            f"{show(shape)} are {len(shape)} sizes. An image has three (channels, height, width), a sequence two "
            "(steps, features), a vector one.",
            {"shape": ", ".join(map(str, _USUAL))},
            f"Take an image of {show(_USUAL)}",
        )
    window = Window() if len(shape) == _MOST_AXES else None
    return Outcome((shape,), (window,), parameters=0, multiply_adds=0, memory_bytes=prod(shape) * FLOAT_BYTES)


CONSTANT_INPUT = NodeSpec(
    kind="constant_input",
    label="Constant input",
    category="Data",
    summary="Says how large the input is, for a network that is drawn and written without a data set.",
    stem="input",
    style="end",
    role="input",
    unique=True,
    # Called as at the data set, so that its connections stay when one becomes the other.
    outputs=(Port(name="images", label="Image, sequence or vector", types=("image", "sequence", "vector")),),
    params=(
        Param(
            name="shape",
            type="ints",
            default=", ".join(map(str, _USUAL)),
            label="Shape",
            help="The sizes of one input: channels, height, width for an image (3, 64, 64); steps, features for a "
            "sequence (16, 8); one number for a vector (30).",
            minimum=1,
            maximum=65_536,
        ),
    ),
    outcome=_given,
)


def _row(values: Values, _inputs: tuple[Shape, ...], _windows: tuple[Window | None, ...]) -> Outcome:
    """Return a row of as many numbers as somebody wrote down, where no data set says it."""
    shape: Shape = (values["features"],)
    return Outcome((shape,), (None,), parameters=0, multiply_adds=0, memory_bytes=prod(shape) * FLOAT_BYTES)


TABLE_INPUT = NodeSpec(
    kind="table_input",
    label="Table",
    category="Data",
    summary="Gives the row of numbers that belongs to each image, such as the patient's age, as a second input.",
    stem="table",
    style="end",
    role="second_input",
    unique=True,
    outputs=(Port(name="features", label="Features", types=("vector",)),),
    params=(
        Param(
            name="features",
            type="int",
            default=8,
            minimum=1,
            maximum=100_000,
            label="Features",
            help="How many numbers each sample has, as long as no data set is chosen. A data set says it itself.",
        ),
    ),
    outcome=_row,
)

SPECS = (DATASET, CONSTANT_INPUT, TABLE_INPUT)
