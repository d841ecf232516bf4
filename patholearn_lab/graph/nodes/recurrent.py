"""Layers that read a sequence step by step and remember what they read."""

from __future__ import annotations

from patholearn_lab.graph.shapes import ShapeProblem
from patholearn_lab.graph.spec import Argument, CountRule, NodeSpec, Param, Port, Shape, Values

_PARAMS = (
    Param(
        name="hidden_size",
        type="int",
        default=64,
        minimum=1,
        maximum=65_536,
        label="Memory",
        help="Numbers that it remembers from step to step; each becomes one feature of the output.",
    ),
    Param(
        name="num_layers",
        type="int",
        default=1,
        minimum=1,
        maximum=64,
        label="Layers",
        help="How many are stacked: the second reads what the first gives.",
    ),
    Param(
        name="bidirectional",
        type="bool",
        default=False,
        label="Both directions",
        help="Reads the sequence forwards and backwards, and gives both: twice as many features.",
    ),
    Param(
        name="dropout",
        type="float",
        default=0.0,
        minimum=0.0,
        maximum=0.99,
        label="Dropout",
        basic=False,
        help="Share of the values between stacked layers that become 0 while training.",
    ),
)


def _shape(values: Values, inputs: tuple[Shape, ...]) -> Shape:
    if values["dropout"] and values["num_layers"] == 1:
        raise ShapeProblem(
            "dropout_needs_layers",
            "Its dropout works between stacked layers, but there is only one.",
            {"dropout": 0.0},
            "Take the dropout out",
        )
    return (inputs[0][0], values["hidden_size"] * (1 + values["bidirectional"]))


def _weights(values: Values, features: int, gates: int, biases: int) -> int:
    """Per gate: weights for the input and for the memory, and two biases (torch keeps both)."""
    hidden, directions = int(values["hidden_size"]), 1 + int(values["bidirectional"])
    below = [features, *[hidden * directions] * (int(values["num_layers"]) - 1)]
    return sum(directions * gates * hidden * (size + hidden + biases) for size in below)


def _parameters(gates: int) -> CountRule:
    return lambda values, inputs, _output: _weights(values, inputs[0][1], gates, 2)


def _multiply_adds(gates: int) -> CountRule:
    return lambda values, inputs, _output: inputs[0][0] * _weights(values, inputs[0][1], gates, 0)


def _recurrent(kind: str, label: str, summary: str, gates: int) -> NodeSpec:
    return NodeSpec(
        kind=kind,
        label=label,
        category="Sequences",
        summary=summary,
        target=f"torch.nn.{label}",
        stem=kind,
        inputs=(Port(name="input", label="Sequence", types=("sequence",)),),
        outputs=(Port(name="output", label="Memory at every step", types=("sequence",)),),
        params=_PARAMS,
        shape=_shape,
        parameters=_parameters(gates),
        multiply_adds=_multiply_adds(gates),
        arguments=(
            Argument("input_size", derived=lambda _values, inputs: inputs[0][1], positional=True),
            Argument("hidden_size", positional=True),
            Argument("num_layers", default=1),
            Argument("batch_first", default=False, fixed=True),
            Argument("dropout", default=0.0),
            Argument("bidirectional", default=False),
        ),
        statement="OUT, _ = CALL(IN)",
    )


GRU = _recurrent(
    "gru",
    "GRU",
    "Reads a sequence step by step and decides what to remember and what to forget.",
    3,
)
LSTM = _recurrent("lstm", "LSTM", "Reads a sequence step by step with a long and a short memory; dearer than a GRU.", 4)

SPECS = (GRU, LSTM)
