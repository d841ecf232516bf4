"""Activations: what lets a network learn more than weighted sums."""

from __future__ import annotations

from patholearn_lab.graph import shapes
from patholearn_lab.graph.spec import Call, CallRule, NodeSpec, Param, Port


def _activation(
    kind: str, label: str, summary: str, target: str, params: tuple[Param, ...] = (), call: CallRule | None = None
) -> NodeSpec:
    return NodeSpec(
        kind=kind,
        label=label,
        category="Activations",
        summary=summary,
        target=target,
        stem=kind,
        style="function",
        inputs=(Port(name="input", label="Image or vector", types=("image", "vector")),),
        outputs=(Port(name="output", label="Same shape", same_as="input"),),
        params=params,
        shape=shapes.unchanged,
        call=call or (lambda _values, _inputs: Call()),
    )


RELU = _activation(
    "relu", "ReLU", "Keeps positive values and sets negative ones to 0. The usual choice.", "torch.nn.functional.relu"
)
LEAKY_RELU = _activation(
    "leaky_relu",
    "Leaky ReLU",
    "Like ReLU, but lets a little of the negative values through, so that no filter falls silent for good.",
    "torch.nn.functional.leaky_relu",
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
    lambda values, _inputs: Call(
        (), {} if values["negative_slope"] == 0.01 else {"negative_slope": values["negative_slope"]}
    ),
)
GELU = _activation("gelu", "GELU", "A smooth ReLU, usual in transformers.", "torch.nn.functional.gelu")
SIGMOID = _activation("sigmoid", "Sigmoid", "Squeezes every value between 0 and 1.", "torch.sigmoid")
TANH = _activation("tanh", "Tanh", "Squeezes every value between -1 and 1.", "torch.tanh")
SOFTMAX = _activation(
    "softmax",
    "Softmax",
    "Turns scores into shares that sum to 1. The loss does this itself, so it is not needed before the output.",
    "torch.softmax",
    call=lambda _values, _inputs: Call((), {"dim": 1}),
)

SPECS = (RELU, LEAKY_RELU, GELU, SIGMOID, TANH, SOFTMAX)
