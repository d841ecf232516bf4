"""Where a graph begins: the data set."""

from __future__ import annotations

from patholearn_lab.graph.spec import NodeSpec, Param, Port

DATASET = NodeSpec(
    kind="dataset",
    label="Data set",
    category="Data",
    summary="Gives the images that the network learns from.",
    stem="data",
    style="end",
    role="input",
    basic=True,
    unique=True,
    outputs=(Port(name="images", label="Images", types=("image",)),),
    params=(
        Param(
            name="dataset",
            type="dataset",
            default="",
            label="Data set",
            help="Which images to learn from. Their size and number of classes decide the shapes in the graph.",
        ),
    ),
)

SPECS = (DATASET,)
