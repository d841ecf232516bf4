"""The settings of a training, which all kinds of outputs share."""

from __future__ import annotations

from patholearn_lab.graph.learning.optimizers import OPTIMIZERS
from patholearn_lab.graph.learning.schedules import SCHEDULES
from patholearn_lab.graph.spec import Param

TRAINING: tuple[Param, ...] = (
    Param(
        name="optimizer",
        type="choice",
        default="adam",
        choices=tuple(OPTIMIZERS),
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
        name="schedule",
        type="choice",
        default="none",
        choices=("none", *SCHEDULES),
        label="Schedule",
        basic=False,
        help="How the learning rate changes: not at all, in steps, by a factor each epoch, along a cosine, in one rise "
        "and fall, when the validation loss no longer falls (plateau), or with a slow start before the cosine.",
    ),
    Param(
        name="decay",
        type="float",
        default=None,
        minimum=1e-4,
        maximum=0.9999,
        label="Decay",
        basic=False,
        help="What the learning rate is multiplied with by step, exponential and plateau. "
        "Empty: 0.1, and 0.95 for exponential.",
    ),
    Param(
        name="decay_every",
        type="int",
        default=5,
        minimum=1,
        maximum=10_000,
        label="Decay every",
        unit="epochs",
        basic=False,
        help="After how many epochs the schedule step lowers the learning rate.",
    ),
    Param(
        name="patience",
        type="int",
        default=3,
        minimum=0,
        maximum=1000,
        label="Patience",
        unit="epochs",
        basic=False,
        help="How many epochs without a better validation loss the schedule plateau waits for.",
    ),
    Param(
        name="warmup_epochs",
        type="int",
        default=2,
        minimum=1,
        maximum=1000,
        label="Warm-up",
        unit="epochs",
        basic=False,
        help="How many epochs the slow start of warmup_cosine takes.",
    ),
    Param(
        name="weights",
        type="text",
        default="",
        label="Weights to begin with",
        basic=False,
        help="A file of weights of this network that ends in .pt, .pth or .safetensors. Layers that were changed since "
        "begin at random. Empty: all weights are random.",
    ),
)
"""In the order of the inspector. Of several outputs, those of the first one count."""

IN_CONSTANTS = frozenset({"epochs", "batch_size", "weights"})
"""Those that a cell has as constants at its top."""
