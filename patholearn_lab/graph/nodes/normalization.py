"""What brings values to a common scale, so that training is steadier."""

from __future__ import annotations

from patholearn_lab.graph import cost, shapes
from patholearn_lab.graph.spec import Argument, NodeSpec, Param, Port, Shape, Values

_INPUT = Port(name="input", label="Image or vector", types=("image", "vector"))
_OUTPUT = Port(name="output", label="Same shape", same_as="input")


def _batch_norm(_values: Values, inputs: tuple[Shape, ...]) -> str:
    return "torch.nn.BatchNorm2d" if len(inputs[0]) == 3 else "torch.nn.BatchNorm1d"


BATCH_NORM = NodeSpec(
    kind="batch_norm",
    label="Batch norm",
    category="Normalization",
    summary="Brings every channel to a common scale, so that training is quicker and steadier.",
    target="torch.nn.BatchNorm2d",
    stem="norm",
    basic=True,
    inputs=(_INPUT,),
    outputs=(_OUTPUT,),
    params=(
        Param(
            name="momentum",
            type="float",
            default=0.1,
            minimum=0.0,
            maximum=1.0,
            label="Momentum",
            basic=False,
            help="How quickly the remembered mean and variance follow the newest batch.",
        ),
    ),
    shape=shapes.unchanged,
    parameters=cost.batch_norm_parameters,
    multiply_adds=cost.one_each,
    target_for=_batch_norm,
    aliases=("torch.nn.BatchNorm1d",),
    arguments=(
        Argument("num_features", derived=lambda _values, inputs: inputs[0][0], positional=True),
        Argument("momentum", default=0.1),
    ),
)

SPECS = (BATCH_NORM,)
