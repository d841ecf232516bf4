"""Where branches of a network meet."""

from __future__ import annotations

from patholearn_lab.graph import cost, shapes
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
    aliases=("torch.add", "torch.Tensor.add"),
    inputs=_INPUTS,
    outputs=_OUTPUTS,
    shape=shapes.added,
)

MULTIPLY = NodeSpec(
    kind="multiply",
    label="Multiply",
    category="Merging",
    summary="Multiplies branches value by value: one of them says how much of the other is let through.",
    stem="multiply",
    style="operator",
    operator="*",
    aliases=("torch.mul", "torch.multiply", "torch.Tensor.mul"),
    inputs=_INPUTS,
    outputs=_OUTPUTS,
    shape=shapes.multiplied,
    multiply_adds=cost.one_each_input,
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

SPECS = (ADD, MULTIPLY, CONCATENATE)
