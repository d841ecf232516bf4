"""Attention: every step (or channel) is weighed by all others."""

from __future__ import annotations

from patholearn_lab.graph import shapes
from patholearn_lab.graph.shapes import ShapeProblem, show
from patholearn_lab.graph.spec import Argument, NodeSpec, Param, Port, Shape, Values

_SEQUENCE = Port(name="input", label="Sequence", types=("sequence",))
_OUTPUT = Port(name="output", label="Sequence of the same shape", types=("sequence",))
_DROPOUT = Param(
    name="dropout",
    type="float",
    default=0.0,
    minimum=0.0,
    maximum=0.99,
    label="Dropout",
    basic=False,
    help="Share of the attention that becomes 0 while training.",
)


def _heads(name: str) -> Param:
    return Param(
        name=name,
        type="int",
        default=4,
        minimum=1,
        maximum=1_024,
        label="Heads",
        help="Parts into which the features are divided; each attends on its own. It has to divide the features.",
    )


def _ensure_divided(heads: int, features: int, name: str) -> None:
    if features % heads:
        better = max(number for number in range(1, heads) if features % number == 0)
        raise ShapeProblem(
            "heads_do_not_divide",
            f"The {features} features that come in cannot be divided among {heads} heads.",
            {name: better},
            f"Use {better} head{'s' if better > 1 else ''}",
        )


def _attention(values: Values, inputs: tuple[Shape, ...]) -> Shape:
    features = {shape[1] for shape in inputs}
    if len(features) > 1:
        raise ShapeProblem(
            "shapes_differ",
            f"Both sequences need the same number of features, but {' and '.join(map(show, inputs))} come in. "
            "A Linear brings one to the features of the other.",
        )
    _ensure_divided(values["num_heads"], inputs[0][1], "num_heads")
    return inputs[0]


def _attention_parameters(values: Values, inputs: tuple[Shape, ...], _output: Shape) -> int:
    """Four tables, for query, key, value and the output, with a bias each."""
    features = inputs[0][1]
    return 4 * features * (features + bool(values["bias"]))


def _attention_multiply_adds(_values: Values, inputs: tuple[Shape, ...], _output: Shape) -> int:
    """The four tables at every step, and each pair of steps twice: to compare them and to mix them."""
    (asking, features), (answering, _) = inputs[0], inputs[-1]
    return 2 * features * features * (asking + answering) + 2 * asking * answering * features


def _attention_spec(kind: str, label: str, summary: str, inputs: tuple[Port, ...], statement: str) -> NodeSpec:
    return NodeSpec(
        kind=kind,
        label=label,
        category="Sequences",
        summary=summary,
        target="torch.nn.MultiheadAttention",
        stem="attention",
        inputs=inputs,
        outputs=(_OUTPUT,),
        params=(
            _heads("num_heads"),
            _DROPOUT,
            Param(
                name="bias",
                type="bool",
                default=True,
                label="Bias",
                basic=False,
                help="Adds one learned number to each feature of query, key, value and output.",
            ),
        ),
        shape=_attention,
        parameters=_attention_parameters,
        multiply_adds=_attention_multiply_adds,
        arguments=(
            Argument("embed_dim", derived=lambda _values, inputs: inputs[0][1], positional=True),
            Argument("num_heads", positional=True),
            Argument("dropout", default=0.0),
            Argument("bias", default=True),
            Argument("batch_first", default=False, fixed=True),
        ),
        statement=statement,
    )


MULTIHEAD_ATTENTION = _attention_spec(
    "multihead_attention",
    "Self-attention",
    "Lets every step look at all others and take from them what it needs.",
    (_SEQUENCE,),
    "OUT, _ = CALL(IN, IN, IN, need_weights=False)",
)
CROSS_ATTENTION = _attention_spec(
    "cross_attention",
    "Cross-attention",
    "Lets every step of one sequence look at another sequence and take from it what it needs.",
    (
        Port(name="input", label="Sequence that asks", types=("sequence",)),
        Port(name="memory", label="Sequence that answers", types=("sequence",)),
    ),
    "OUT, _ = CALL(IN, IN2, IN2, need_weights=False)",
)


def _encoder(values: Values, inputs: tuple[Shape, ...]) -> Shape:
    _ensure_divided(values["nhead"], inputs[0][1], "nhead")
    return inputs[0]


def _encoder_parameters(values: Values, inputs: tuple[Shape, ...], output: Shape) -> int:
    """Attention, two Linears, and two layer norms."""
    features, inner = inputs[0][1], int(values["dim_feedforward"])
    attention = _attention_parameters({"bias": True}, inputs, output)
    return attention + features * (inner + 1) + inner * features + inner + 4 * features


def _encoder_multiply_adds(values: Values, inputs: tuple[Shape, ...], output: Shape) -> int:
    """Attention, and two Linears at every step."""
    steps, features = inputs[0]
    linears = 2 * steps * features * int(values["dim_feedforward"])
    return _attention_multiply_adds(values, inputs, output) + linears


TRANSFORMER_ENCODER_LAYER = NodeSpec(
    kind="transformer_encoder_layer",
    label="Transformer encoder layer",
    category="Sequences",
    summary="Self-attention and two Linears, each with a shortcut and a layer norm: transformers are stacks of it.",
    target="torch.nn.TransformerEncoderLayer",
    stem="encoder",
    inputs=(_SEQUENCE,),
    outputs=(_OUTPUT,),
    params=(
        _heads("nhead"),
        Param(
            name="dim_feedforward",
            type="int",
            default=256,
            minimum=1,
            maximum=65_536,
            label="Inner features",
            help="Outputs of the first of its two Linears; two to four times the features is usual.",
        ),
        Param(
            name="dropout",
            type="float",
            default=0.1,
            minimum=0.0,
            maximum=0.99,
            label="Dropout",
            help="Share of the values that become 0 while training.",
        ),
        Param(
            name="activation",
            type="choice",
            default="relu",
            choices=("relu", "gelu"),
            label="Activation",
            basic=False,
            help="What stands between its two Linears.",
        ),
        Param(
            name="norm_first",
            type="bool",
            default=False,
            label="Norm first",
            basic=False,
            help="Puts the layer norms before attention and Linears, not behind. Steadier in deep networks.",
        ),
    ),
    shape=_encoder,
    parameters=_encoder_parameters,
    multiply_adds=_encoder_multiply_adds,
    arguments=(
        Argument("d_model", derived=lambda _values, inputs: inputs[0][1], positional=True),
        Argument("nhead", positional=True),
        Argument("dim_feedforward", default=2048),
        Argument("dropout", default=0.1),
        Argument("activation", default="relu"),
        Argument("batch_first", default=False, fixed=True),
        Argument("norm_first", default=False),
    ),
)

_SQUEEZE_EXCITATION = '''
class SqueezeExcitation(nn.Module):
    """Weighs the channels of an image by what is in all of it (Hu et al. 2018)."""

    def __init__(self, channels, reduction=16):
        super().__init__()
        hidden = max(1, channels // reduction)
        self.weights = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, hidden, kernel_size=1),
            nn.ReLU(),
            nn.Conv2d(hidden, channels, kernel_size=1),
            nn.Sigmoid(),
        )

    def forward(self, x):
        return x * self.weights(x)
'''


def _squeezed(values: Values, inputs: tuple[Shape, ...]) -> int:
    return max(1, inputs[0][0] // int(values["reduction"]))


def _squeeze_parameters(values: Values, inputs: tuple[Shape, ...], _output: Shape) -> int:
    channels, hidden = inputs[0][0], _squeezed(values, inputs)
    return 2 * channels * hidden + hidden + channels


def _squeeze_multiply_adds(values: Values, inputs: tuple[Shape, ...], _output: Shape) -> int:
    return 2 * inputs[0][0] * _squeezed(values, inputs)


SQUEEZE_EXCITATION = NodeSpec(
    kind="squeeze_excitation",
    label="Squeeze and excitation",
    category="Layers",
    summary="Weighs the channels: what the whole image shows decides which patterns count.",
    target="SqueezeExcitation",
    source=_SQUEEZE_EXCITATION,
    stem="squeeze",
    inputs=(Port(name="input", label="Image", types=("image",)),),
    outputs=(Port(name="output", label="Image of the same shape", types=("image",)),),
    params=(
        Param(
            name="reduction",
            type="int",
            default=16,
            minimum=1,
            maximum=1_024,
            label="Reduction",
            help="How many channels share one number of the small network that finds the weights.",
        ),
    ),
    shape=shapes.unchanged,
    parameters=_squeeze_parameters,
    multiply_adds=_squeeze_multiply_adds,
    arguments=(
        Argument("channels", derived=lambda _values, inputs: inputs[0][0], positional=True),
        Argument("reduction", default=16),
    ),
)

SPECS = (MULTIHEAD_ATTENTION, CROSS_ATTENTION, TRANSFORMER_ENCODER_LAYER, SQUEEZE_EXCITATION)
