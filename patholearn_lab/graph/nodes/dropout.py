"""Dropout: values that are missing while training."""

from __future__ import annotations

from patholearn_lab.graph import shapes
from patholearn_lab.graph.spec import Argument, NodeSpec, Param, Port

_SHARE = Param(
    name="p",
    type="float",
    default=0.5,
    minimum=0.0,
    maximum=0.99,
    label="Share",
    help="Share of the values that become 0. 0.5: half of them.",
)

DROPOUT = NodeSpec(
    kind="dropout",
    label="Dropout",
    category="Normalization",
    summary="Sets random values to 0 while training, so that the network does not rely on single ones.",
    target="torch.nn.Dropout",
    stem="dropout",
    basic=True,
    inputs=(Port(name="input", label="Image, sequence or vector", types=("image", "sequence", "vector")),),
    outputs=(Port(name="output", label="Same shape", same_as="input"),),
    params=(_SHARE,),
    shape=shapes.unchanged,
    arguments=(Argument("p", default=0.5, positional=True),),
    aliases=("torch.nn.functional.dropout",),
)
DROPOUT2D = NodeSpec(
    kind="dropout2d",
    label="Dropout 2D",
    category="Normalization",
    summary="Sets whole channels of an image to 0 while training: neighboring pixels know too much of one another.",
    target="torch.nn.Dropout2d",
    stem="dropout",
    inputs=(Port(name="input", label="Image", types=("image",)),),
    outputs=(Port(name="output", label="Same shape", types=("image",)),),
    params=(_SHARE.model_copy(update={"help": "Share of the channels that become 0. 0.5: half of them."}),),
    shape=shapes.unchanged,
    arguments=(Argument("p", default=0.5, positional=True),),
    aliases=("torch.nn.functional.dropout2d",),
)

SPECS = (DROPOUT, DROPOUT2D)
