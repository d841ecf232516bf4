"""Where branches of a network meet."""

from __future__ import annotations

from patholearn_lab.graph import shapes
from patholearn_lab.graph.spec import Call, NodeSpec, Port

_INPUTS = (Port(name="input", label="Images or vectors", types=("image", "vector"), many=True),)
_OUTPUTS = (Port(name="output", label="Merged", same_as="input"),)

ADD = NodeSpec(
    kind="add",
    label="Add",
    category="Merging",
    summary="Adds branches value by value. A branch that does nothing makes a shortcut, as in a ResNet.",
    stem="add",
    style="sum",
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
    style="list",
    inputs=_INPUTS,
    outputs=_OUTPUTS,
    shape=shapes.concatenated,
    call=lambda _values, _inputs: Call((), {"dim": 1}),
)

SPECS = (ADD, CONCATENATE)
