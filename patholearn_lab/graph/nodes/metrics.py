"""The metric: watches an output on the splits, and changes nothing."""

from __future__ import annotations

from patholearn_lab.graph.learning.metrics import METRIC_NAMES
from patholearn_lab.graph.spec import NodeSpec, Param, Port

METRIC = NodeSpec(
    kind="metric",
    label="Metric",
    category="Output",
    summary="Measures how good the predictions are, in a way that people can read.",
    stem="metric",
    style="end",
    role="metric",
    basic=True,
    inputs=(Port(name="scores", label="Scores of the output", types=("scores",)),),
    params=(
        Param(
            name="name",
            type="choice",
            default="accuracy",
            choices=METRIC_NAMES,
            label="Metric",
            help="What to measure. Accuracy is the share of images that got the right class.",
        ),
        *(
            Param(
                name=f"on_{split}",
                type="bool",
                default=True,
                label=f"On {what}",
                basic=False,
                help=f"Whether to measure it on the {what}.",
            )
            for split, what in (("train", "training images"), ("valid", "validation images"), ("test", "test images"))
        ),
    ),
)

SPECS = (METRIC,)
