"""Other forms of the same numbers: rows, images, sequences."""

from __future__ import annotations

from patholearn_lab.graph import shapes
from patholearn_lab.graph.spec import Argument, NodeSpec, Port

FLATTEN = NodeSpec(
    kind="flatten",
    label="Flatten",
    category="Shape",
    summary="Puts all values of an image into one row, as a Linear needs them.",
    target="torch.flatten",
    stem="flatten",
    style="function",
    basic=True,
    inputs=(Port(name="input", label="Image or sequence", types=("image", "sequence")),),
    outputs=(Port(name="output", label="Vector", types=("vector",)),),
    shape=shapes.flat,
    arguments=(Argument("start_dim", fixed=1),),
)

SPECS = (FLATTEN,)
