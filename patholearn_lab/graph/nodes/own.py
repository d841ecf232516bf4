"""Free code in a node."""

from __future__ import annotations

from patholearn_lab.graph.free_code import inputs_used
from patholearn_lab.graph.shapes import ShapeProblem
from patholearn_lab.graph.spec import NodeSpec, Param, Port, Shape, Values


def _declared(values: Values, inputs: tuple[Shape, ...]) -> Shape:
    """The declared shape, or that of the first input."""
    used = inputs_used(values["code"])
    if used > len(inputs):
        raise ShapeProblem(
            "code_names_input",
            f"The code uses x{used}, but {len(inputs)} connection{'s' if len(inputs) > 1 else ''} "
            f"lead{'' if len(inputs) > 1 else 's'} here.",
        )
    shape: Shape | None = values["shape"]
    if shape is not None and len(shape) > 3:
        raise ShapeProblem(
            "code_shape",
            f"The declared shape has {len(shape)} numbers; an image has three (channels, height, width), a sequence "
            "two (steps, features), a vector one.",
        )
    return inputs[0] if shape is None else shape


CODE = NodeSpec(
    kind="code",
    label="Code",
    category="Own",
    summary="Your own lines of PyTorch, for what no node does.",
    stem="code",
    style="code",
    inputs=(Port(name="input", label="x, or x1, x2, …", types=("image", "sequence", "vector"), many=True),),
    outputs=(Port(name="output", label="x", types=("image", "sequence", "vector")),),
    params=(
        Param(
            name="code",
            type="code",
            default="x = x * torch.sigmoid(x)",
            label="Code",
            help="Statements that give x a value, or one expression. x is what comes in; x1, x2, … where several "
            "connections lead here, in their order. The first axis of each is the batch.",
        ),
        Param(
            name="shape",
            type="ints",
            default=None,
            minimum=1,
            maximum=1_000_000,
            label="Output shape",
            help="Sizes of the output without the batch: “16, 7, 7” for an image. Empty: those of the first input.",
        ),
        Param(
            name="setup",
            type="code",
            default="",
            label="In __init__",
            basic=False,
            help="What the code needs from __init__, such as self.scale = nn.Parameter(torch.ones(1)).",
        ),
        Param(
            name="above",
            type="code",
            default="",
            label="Above the network",
            basic=False,
            help="Imports, functions and constants that the code needs.",
        ),
    ),
    shape=_declared,
)

SPECS = (CODE,)
