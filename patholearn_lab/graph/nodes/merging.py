"""Where branches of a network meet."""

from __future__ import annotations

from patholearn_lab.graph import shapes
from patholearn_lab.graph.spec import Argument, NodeSpec, Port

_INPUTS = (Port(name="input", label="Images, sequences or vectors", types=("image", "sequence", "vector"), many=True),)
_OUTPUTS = (Port(name="output", label="Merged", same_as="input"),)

ADD = NodeSpec(
    kind="add",
    label="Add",
    category="Merging",
    summary="Adds branches value by value. A branch that does nothing makes a shortcut, as in a ResNet.",
    stem="add",
    basic=True,
    style="operator",
    operator="+",
    aliases=("torch.add",),
    inputs=_INPUTS,
    outputs=_OUTPUTS,
    shape=shapes.added,
)

CONCATENATE = NodeSpec(
    kind="concatenate",
    label="Concatenate",
    category="Merging",
    summary="Puts the channels of its inputs behind one another, as in a U-Net or an Inception block.",
    target="torch.cat",
    stem="concat",
    basic=True,
    style="list",
    inputs=_INPUTS,
    outputs=_OUTPUTS,
    shape=shapes.concatenated,
    arguments=(Argument("dim", default=0, fixed=1),),
    aliases=("torch.concat", "torch.concatenate"),
)

SPECS = (ADD, CONCATENATE)
