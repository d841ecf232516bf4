"""Activations: what lets a network learn more than weighted sums."""

from __future__ import annotations

from dataclasses import replace

from patholearn_lab.graph import cost, shapes
from patholearn_lab.graph.shapes import ShapeProblem, show
from patholearn_lab.graph.spec import Argument, NodeSpec, Param, Port, Shape, Values

_INPUTS = (Port(name="input", label="Image, sequence or vector", types=("image", "sequence", "vector")),)
_OUTPUTS = (Port(name="output", label="Same shape", same_as="input"),)


def _slopes(values: Values, inputs: tuple[Shape, ...]) -> int:
    return inputs[0][0] if values["per_channel"] else 1


def _along_an_axis(values: Values, inputs: tuple[Shape, ...]) -> Shape:
    axis, axes = values["dim"], len(inputs[0])
    if axis == 0:
        raise ShapeProblem(
            "batch_mixed",
            "Axis 0 are the images of the batch, which should not know of one another.",
            {"dim": 1},
            "Use axis 1",
        )
    if axis > axes:
        raise ShapeProblem(
            "no_such_axis",
            f"There is no axis {axis}: {show(inputs[0])} has the axes 1 to {axes}.",
            {"dim": 1},
            "Use axis 1",
        )
    return inputs[0]


def _activation(
    kind: str,
    label: str,
    summary: str,
    target: str,
    aliases: tuple[str, ...],
    params: tuple[Param, ...] = (),
    arguments: tuple[Argument, ...] = (),
    *,
    basic: bool = False,
) -> NodeSpec:
    return NodeSpec(
        kind=kind,
        label=label,
        category="Activations",
        summary=summary,
        target=target,
        stem=kind,
        style="function",
        inputs=_INPUTS,
        outputs=_OUTPUTS,
        params=params,
        shape=shapes.unchanged,
        arguments=arguments,
        aliases=aliases,
        basic=basic,
    )


RELU = _activation(
    "relu",
    "ReLU",
    "Keeps positive values and sets negative ones to 0. The usual choice.",
    "torch.nn.functional.relu",
    ("torch.nn.ReLU", "torch.relu", "torch.Tensor.relu"),
    basic=True,
)
LEAKY_RELU = _activation(
    "leaky_relu",
    "Leaky ReLU",
    "Like ReLU, but lets a little of the negative values through, so that no filter falls silent for good.",
    "torch.nn.functional.leaky_relu",
    ("torch.nn.LeakyReLU",),
    (
        Param(
            name="negative_slope",
            type="float",
            default=0.01,
            minimum=0.0,
            maximum=1.0,
            label="Negative slope",
            help="What negative values are multiplied by.",
        ),
    ),
    (Argument("negative_slope", default=0.01),),
)
PRELU = NodeSpec(
    kind="prelu",
    label="PReLU",
    category="Activations",
    summary="A Leaky ReLU that learns its slope for negative values.",
    target="torch.nn.PReLU",
    stem="prelu",
    inputs=_INPUTS,
    outputs=_OUTPUTS,
    params=(
        Param(
            name="per_channel",
            type="bool",
            default=False,
            label="One slope per channel",
            help="Whether every channel learns a slope of its own. Otherwise all share one.",
        ),
        Param(
            name="init",
            type="float",
            default=0.25,
            minimum=-10,
            maximum=10,
            label="First slope",
            basic=False,
            help="The slope before training. 0 would be a ReLU.",
        ),
    ),
    shape=shapes.unchanged,
    parameters=lambda values, inputs, _output: _slopes(values, inputs),
    multiply_adds=cost.one_each,
    arguments=(
        Argument("num_parameters", default=1, derived=_slopes, read=lambda value: {"per_channel": value != 1}),
        Argument("init", default=0.25),
    ),
)
ELU = _activation(
    "elu",
    "ELU",
    "Like ReLU, but negative values fade smoothly towards a constant.",
    "torch.nn.functional.elu",
    ("torch.nn.ELU",),
    (
        Param(
            name="alpha",
            type="float",
            default=1.0,
            minimum=0.0,
            maximum=10.0,
            label="Alpha",
            help="How far below 0 the values may fade: to minus alpha.",
        ),
    ),
    (Argument("alpha", default=1.0),),
)
GELU = _activation(
    "gelu", "GELU", "A smooth ReLU, usual in transformers.", "torch.nn.functional.gelu", ("torch.nn.GELU",)
)
SILU = _activation(
    "silu",
    "SiLU",
    "A smooth ReLU that dips a little below 0, usual in EfficientNets.",
    "torch.nn.functional.silu",
    ("torch.nn.SiLU",),
)
HARDSWISH = _activation(
    "hardswish",
    "Hardswish",
    "A SiLU made of straight lines and a parabola, quick on phones (MobileNetV3).",
    "torch.nn.functional.hardswish",
    ("torch.nn.Hardswish",),
)
RELU6 = _activation(
    "relu6",
    "ReLU6",
    "A ReLU with a ceiling: what is above 6 becomes 6, usual in MobileNets.",
    "torch.nn.functional.relu6",
    ("torch.nn.ReLU6",),
)
HARDSIGMOID = _activation(
    "hardsigmoid",
    "Hardsigmoid",
    "A Sigmoid made of straight lines, quick on phones (MobileNetV3).",
    "torch.nn.functional.hardsigmoid",
    ("torch.nn.Hardsigmoid",),
)
SIGMOID = _activation(
    "sigmoid",
    "Sigmoid",
    "Squeezes every value between 0 and 1.",
    "torch.sigmoid",
    ("torch.nn.Sigmoid", "torch.nn.functional.sigmoid", "torch.Tensor.sigmoid"),
)
TANH = _activation(
    "tanh",
    "Tanh",
    "Squeezes every value between -1 and 1.",
    "torch.tanh",
    ("torch.nn.Tanh", "torch.nn.functional.tanh", "torch.Tensor.tanh"),
)


def _along(kind: str, label: str, summary: str, says: str, target: str, aliases: tuple[str, ...]) -> NodeSpec:
    """Return an activation that weighs values along one axis against one another."""
    axis = Param(
        name="dim",
        type="int",
        default=1,
        minimum=-1,
        maximum=3,
        label="Axis",
        basic=False,
        help=f"The axis along which {says}. 1: the features of a vector, the channels of an image, the steps of a "
        "sequence; 2: the features of a sequence; -1: the last axis.",
    )
    activation = _activation(kind, label, summary, target, aliases, (axis,), (Argument("dim"),))
    return replace(activation, shape=_along_an_axis)


SOFTMAX = _along(
    "softmax",
    "Softmax",
    "Turns scores into shares that sum to 1. The loss does this itself, so it is not needed before the output.",
    "the shares sum to 1",
    "torch.softmax",
    ("torch.nn.Softmax", "torch.nn.functional.softmax", "torch.Tensor.softmax"),
)
LOG_SOFTMAX = _along(
    "log_softmax",
    "LogSoftmax",
    "The logarithm of a softmax. The loss takes it itself, so it is not needed before the output.",
    "the shares would sum to 1",
    "torch.log_softmax",
    ("torch.nn.LogSoftmax", "torch.nn.functional.log_softmax", "torch.Tensor.log_softmax"),
)

SPECS = (RELU, LEAKY_RELU, PRELU, ELU, GELU, SILU, HARDSWISH, RELU6, HARDSIGMOID, SIGMOID, TANH, SOFTMAX, LOG_SOFTMAX)
