"""The ways from images and whole numbers to sequences, and back to vectors."""

from __future__ import annotations

from math import prod

from patholearn_lab.graph import shapes
from patholearn_lab.graph.shapes import ShapeProblem, pair, show
from patholearn_lab.graph.spec import Argument, NodeSpec, Param, Port, Shape, Values, Variant

_SEQUENCE = Port(name="output", label="Sequence", types=("sequence",))


def _steps(values: Values, inputs: tuple[Shape, ...]) -> Shape:
    channels, height, width = inputs[0]
    match values["steps"]:
        case "rows":
            return (height, channels * width)
        case "columns":
            return (width, channels * height)
    return (height * width, channels)


IMAGE_TO_SEQUENCE = NodeSpec(
    kind="image_to_sequence",
    label="Image to sequence",
    category="Sequences",
    summary="Reads an image as a sequence: row by row, column by column, or pixel by pixel.",
    stem="sequence",
    style="function",
    inputs=(Port(name="input", label="Image", types=("image",)),),
    outputs=(_SEQUENCE,),
    params=(
        Param(
            name="steps",
            type="choice",
            default="rows",
            choices=("rows", "columns", "pixels"),
            label="Steps",
            help="What one step is. The features of a pixel are its channels; those of a row are all its values.",
        ),
    ),
    shape=_steps,
    statement="OUT = IN.transpose(1, 2).flatten(2)",
    variants=(
        Variant({"steps": "columns"}, "OUT = IN.permute(0, 3, 1, 2).flatten(2)"),
        Variant({"steps": "pixels"}, "OUT = IN.flatten(2).transpose(1, 2)"),
    ),
)

SEQUENCE_POOL = NodeSpec(
    kind="sequence_pool",
    label="Sequence to vector",
    category="Sequences",
    summary="Makes one vector of a sequence: the mean or the largest over all steps, or just the first or the last.",
    stem="pool",
    style="function",
    inputs=(Port(name="input", label="Sequence", types=("sequence",)),),
    outputs=(Port(name="output", label="Vector", types=("vector",)),),
    params=(
        Param(
            name="take",
            type="choice",
            default="mean",
            choices=("mean", "max", "first", "last"),
            label="Take",
            help="“first” is the class token of a vision transformer, “last” what a GRU or LSTM knows at the end.",
        ),
    ),
    shape=lambda _values, inputs: (inputs[0][1],),
    statement="OUT = IN.mean(dim=1)",
    variants=(
        Variant({"take": "max"}, "OUT = IN.amax(dim=1)"),
        Variant({"take": "first"}, "OUT = IN[:, 0]"),
        Variant({"take": "last"}, "OUT = IN[:, -1]"),
    ),
)

EMBEDDING = NodeSpec(
    kind="embedding",
    label="Embedding",
    category="Sequences",
    summary="Turns each whole number of a row, such as the number of a word, into a vector that is learned.",
    target="torch.nn.Embedding",
    stem="embedding",
    inputs=(Port(name="input", label="Row of whole numbers", types=("vector",)),),
    outputs=(_SEQUENCE,),
    params=(
        Param(
            name="num_embeddings",
            type="int",
            default=256,
            minimum=1,
            maximum=10_000_000,
            label="Different numbers",
            help="How many different numbers there are, from 0: the size of the vocabulary.",
        ),
        Param(
            name="embedding_dim",
            type="int",
            default=64,
            minimum=1,
            maximum=65_536,
            label="Features",
            help="Length of the vector that each number becomes.",
        ),
    ),
    shape=lambda values, inputs: (inputs[0][0], values["embedding_dim"]),
    parameters=lambda values, _inputs, _output: values["num_embeddings"] * values["embedding_dim"],
    arguments=(Argument("num_embeddings", positional=True), Argument("embedding_dim", positional=True)),
    statement="OUT = CALL(IN.long())",
)

_POSITION_EMBEDDING = '''
class PositionEmbedding(nn.Module):
    """Adds a learned vector to each step, so that later layers know where it stands."""

    def __init__(self, steps, features):
        super().__init__()
        self.positions = nn.Parameter(0.02 * torch.randn(1, steps, features))

    def forward(self, x):
        return x + self.positions
'''

POSITION_EMBEDDING = NodeSpec(
    kind="position_embedding",
    label="Position embedding",
    category="Sequences",
    summary="Adds a learned vector to each step, so that attention knows where it stands.",
    target="PositionEmbedding",
    source=_POSITION_EMBEDDING,
    stem="positions",
    inputs=(Port(name="input", label="Sequence", types=("sequence",)),),
    outputs=(_SEQUENCE,),
    shape=shapes.unchanged,
    parameters=lambda _values, inputs, _output: prod(inputs[0]),
    arguments=(
        Argument("steps", derived=lambda _values, inputs: inputs[0][0], positional=True),
        Argument("features", derived=lambda _values, inputs: inputs[0][1], positional=True),
    ),
)

_FIRST_STEP = '''
class ClassToken(nn.Module):
    """Puts a learned step before all others, which collects what the sequence shows."""

    def __init__(self, features):
        super().__init__()
        self.token = nn.Parameter(torch.zeros(1, 1, features))

    def forward(self, x):
        return torch.cat([self.token.expand(x.shape[0], -1, -1), x], dim=1)
'''

CLASS_TOKEN = NodeSpec(
    kind="class_token",
    label="Class token",
    category="Sequences",
    summary="Puts a learned step before all others, which collects what the sequence shows.",
    target="ClassToken",
    source=_FIRST_STEP,
    stem="token",
    inputs=(Port(name="input", label="Sequence", types=("sequence",)),),
    outputs=(Port(name="output", label="Sequence, one step longer", types=("sequence",)),),
    shape=lambda _values, inputs: (inputs[0][0] + 1, inputs[0][1]),
    parameters=lambda _values, inputs, _output: inputs[0][1],
    arguments=(Argument("features", derived=lambda _values, inputs: inputs[0][1], positional=True),),
)

_PATCH_EMBEDDING = '''
class PatchEmbedding(nn.Module):
    """Cuts an image into patches and makes a vector of each (Dosovitskiy 2021)."""

    def __init__(self, channels, features, patch_size):
        super().__init__()
        self.project = nn.Conv2d(channels, features, patch_size, stride=patch_size)

    def forward(self, x):
        return self.project(x).flatten(2).transpose(1, 2)
'''


def _patch_embedding(values: Values, inputs: tuple[Shape, ...]) -> Shape:
    sides = inputs[0][1:]
    rows, columns = (side // patch for side, patch in zip(sides, pair(values["patch_size"]), strict=True))
    if not rows * columns:
        smallest = min(sides)
        raise ShapeProblem(
            "image_too_small",
            f"A patch covers {show(pair(values['patch_size']))} pixels, but the image that comes in has only "
            f"{show(sides)}.",
            {"patch_size": smallest},
            f"Use patches of {smallest} px",
        )
    return (rows * columns, values["features"])


def _projection(values: Values, inputs: tuple[Shape, ...]) -> int:
    return int(values["features"]) * inputs[0][0] * prod(pair(values["patch_size"]))


PATCH_EMBEDDING = NodeSpec(
    kind="patch_embedding",
    label="Patch embedding",
    category="Sequences",
    summary="Cuts an image into square patches and makes a vector of each: the beginning of a vision transformer.",
    target="PatchEmbedding",
    source=_PATCH_EMBEDDING,
    stem="patches",
    inputs=(Port(name="input", label="Image", types=("image",)),),
    outputs=(Port(name="output", label="One step per patch", types=("sequence",)),),
    params=(
        Param(
            name="features",
            type="int",
            default=64,
            minimum=1,
            maximum=65_536,
            label="Features",
            help="Length of the vector that each patch becomes.",
        ),
        Param(
            name="patch_size",
            type="size",
            default=8,
            minimum=1,
            maximum=1_024,
            unit="px",
            label="Patch size",
            help="Side of a patch. What is left over at the right and the lower border is not seen.",
        ),
    ),
    shape=_patch_embedding,
    parameters=lambda values, inputs, _output: _projection(values, inputs) + int(values["features"]),
    multiply_adds=lambda values, inputs, output: output[0] * _projection(values, inputs),
    arguments=(
        Argument("channels", derived=lambda _values, inputs: inputs[0][0], positional=True),
        Argument("features", positional=True),
        Argument("patch_size"),
    ),
)

SPECS = (IMAGE_TO_SEQUENCE, PATCH_EMBEDDING, CLASS_TOKEN, EMBEDDING, POSITION_EMBEDDING, SEQUENCE_POOL)
