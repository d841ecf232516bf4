"""The layer that sees everything at once."""

from __future__ import annotations

from patholearn_lab.graph import cost, shapes
from patholearn_lab.graph.spec import Argument, NodeSpec, Param, Port

LINEAR = NodeSpec(
    kind="linear",
    label="Linear",
    category="Layers",
    summary="Gives weighted sums of all its inputs; the weights are learned.",
    target="torch.nn.Linear",
    stem="linear",
    basic=True,
    inputs=(Port(name="input", label="Vector or sequence", types=("vector", "sequence")),),
    outputs=(Port(name="output", label="Weighted sums", same_as="input"),),
    params=(
        Param(
            name="out_features",
            type="int",
            default=10,
            minimum=1,
            maximum=1_000_000,
            label="Outputs",
            help="Number of weighted sums. The last Linear has one per class. Of a sequence, every step gets them.",
        ),
        Param(
            name="bias",
            type="bool",
            default=True,
            label="Bias",
            basic=False,
            help="Adds one learned number to each output.",
        ),
    ),
    shape=shapes.linear,
    parameters=cost.linear_parameters,
    multiply_adds=cost.linear_multiply_adds,
    arguments=(
        Argument("in_features", derived=lambda _values, inputs: inputs[0][-1], positional=True),
        Argument("out_features", positional=True),
        Argument("bias", default=True),
    ),
)

SPECS = (LINEAR,)
