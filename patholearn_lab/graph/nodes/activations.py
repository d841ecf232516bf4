"""Activations: what lets a network learn more than weighted sums."""

from __future__ import annotations

from patholearn_lab.graph import shapes
from patholearn_lab.graph.spec import Argument, NodeSpec, Param, Port


def _activation(
    kind: str,
    label: str,
    summary: str,
    target: str,
    aliases: tuple[str, ...],
    params: tuple[Param, ...] = (),
    arguments: tuple[Argument, ...] = (),
) -> NodeSpec:
    return NodeSpec(
        kind=kind,
        label=label,
        category="Activations",
        summary=summary,
        target=target,
        stem=kind,
        style="function",
        inputs=(Port(name="input", label="Image, sequence or vector", types=("image", "sequence", "vector")),),
        outputs=(Port(name="output", label="Same shape", same_as="input"),),
        params=params,
        shape=shapes.unchanged,
        arguments=arguments,
        aliases=aliases,
    )


RELU = _activation(
    "relu",
    "ReLU",
    "Keeps positive values and sets negative ones to 0. The usual choice.",
    "torch.nn.functional.relu",
    ("torch.nn.ReLU", "torch.relu"),
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
GELU = _activation(
    "gelu", "GELU", "A smooth ReLU, usual in transformers.", "torch.nn.functional.gelu", ("torch.nn.GELU",)
)
SIGMOID = _activation(
    "sigmoid",
    "Sigmoid",
    "Squeezes every value between 0 and 1.",
    "torch.sigmoid",
    ("torch.nn.Sigmoid", "torch.nn.functional.sigmoid"),
)
TANH = _activation(
    "tanh",
    "Tanh",
    "Squeezes every value between -1 and 1.",
    "torch.tanh",
    ("torch.nn.Tanh", "torch.nn.functional.tanh"),
)
SOFTMAX = _activation(
    "softmax",
    "Softmax",
    "Turns scores into shares that sum to 1. The loss does this itself, so it is not needed before the output.",
    "torch.softmax",
    ("torch.nn.Softmax", "torch.nn.functional.softmax"),
    arguments=(Argument("dim", fixed=1),),
)

SPECS = (RELU, LEAKY_RELU, GELU, SIGMOID, TANH, SOFTMAX)
