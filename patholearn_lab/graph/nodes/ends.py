"""Where a graph begins and ends: the data set, the output with its training settings, and the metrics."""

from __future__ import annotations

from patholearn_lab.graph import shapes
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

CLASSIFICATION_OUTPUT = NodeSpec(
    kind="classification_output",
    label="Output",
    category="Output",
    summary="Compares the scores with the right classes, and says how the network learns from the difference.",
    stem="output",
    style="end",
    role="output",
    basic=True,
    unique=True,
    inputs=(Port(name="input", label="Scores, one per class", types=("vector",)),),
    outputs=(Port(name="scores", label="Scores", types=("scores",)),),
    params=(
        Param(
            name="loss",
            type="choice",
            default="cross_entropy",
            choices=("cross_entropy",),
            label="Loss",
            help="The number that training makes small: how surprised the network is by the right answers.",
        ),
        Param(
            name="optimizer",
            type="choice",
            default="adam",
            choices=("adam", "adamw", "sgd"),
            label="Optimizer",
            help="The rule by which the weights change. Adam works well without tuning.",
        ),
        Param(
            name="learning_rate",
            type="float",
            default=0.001,
            minimum=1e-8,
            maximum=10,
            label="Learning rate",
            help="How far the weights move in one step. Too large: the loss jumps; too small: nothing happens.",
        ),
        Param(
            name="epochs",
            type="int",
            default=8,
            minimum=1,
            maximum=10_000,
            label="Epochs",
            help="How many times the network sees every training image.",
        ),
        Param(
            name="batch_size",
            type="int",
            default=32,
            minimum=1,
            maximum=65_536,
            label="Batch size",
            unit="images",
            help="How many images the network sees before its weights move once.",
        ),
        Param(
            name="momentum",
            type="float",
            default=0.9,
            minimum=0,
            maximum=0.9999,
            label="Momentum",
            basic=False,
            help="How much of the last step is kept in the next one. Only SGD uses it.",
        ),
        Param(
            name="weight_decay",
            type="float",
            default=0.0,
            minimum=0,
            maximum=1,
            label="Weight decay",
            basic=False,
            help="Pulls every weight a little towards 0 in each step, which keeps the network from overfitting.",
        ),
        Param(
            name="label_smoothing",
            type="float",
            default=0.0,
            minimum=0,
            maximum=0.9,
            label="Label smoothing",
            basic=False,
            help="How unsure the right answers are taken to be. 0: entirely sure.",
        ),
    ),
    shape=shapes.unchanged,
)

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
            choices=("accuracy", "f1", "precision", "recall", "auroc"),
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

SPECS = (DATASET, CLASSIFICATION_OUTPUT, METRIC)
