"""Where a graph ends: what it learns. All outputs share the settings of the training; each has losses of its own."""

from __future__ import annotations

from patholearn_lab.graph import shapes
from patholearn_lab.graph.inputs import Task
from patholearn_lab.graph.learning.losses import loss_of, losses_of
from patholearn_lab.graph.learning.settings import TRAINING
from patholearn_lab.graph.spec import NodeSpec, Param, Port, PortType

_LOSS_HELP = {
    "classification": "How surprised the network is by the right answers. Weighted: rare classes count more. "
    "Focal: what is easy already counts less.",
    "multilabel": "Binary cross entropy: how surprised the network is by each class that occurs or does not. "
    "Focal: what is easy already counts less.",
    "segmentation": "Cross entropy counts every pixel alone, Dice the overlap of areas, which helps small ones; "
    "both together are a good start. Tversky lets misses cost more than false alarms.",
    "regression": "MSE punishes large errors most, L1 all alike, Huber is L1 that is gentle to small errors.",
    "reconstruction": "MSE punishes large errors most, L1 keeps edges sharper, Huber lies between.",
}
_OWN = (
    Param(
        name="class_weights",
        type="text",
        default="",
        label="Class weights",
        basic=False,
        help="How much each class counts in a weighted loss, such as 1, 2.5. "
        "Empty: from how often each occurs in the data set.",
    ),
    Param(
        name="gamma",
        type="float",
        default=2.0,
        minimum=1,
        maximum=10,
        label="Focus",
        basic=False,
        help="How little the easy ones count in the focal loss. Only the focal loss uses it.",
    ),
    Param(
        name="alpha",
        type="float",
        default=0.3,
        minimum=0,
        maximum=1,
        label="Cost of false alarms",
        basic=False,
        help="Weight of pixels wrongly taken for a class. Only the Tversky loss uses it.",
    ),
    Param(
        name="beta",
        type="float",
        default=0.7,
        minimum=0,
        maximum=1,
        label="Cost of misses",
        basic=False,
        help="Weight of pixels of a class that were missed. Only the Tversky loss uses it.",
    ),
    Param(
        name="delta",
        type="float",
        default=1.0,
        minimum=1e-6,
        maximum=1e6,
        label="Huber's bend",
        basic=False,
        help="Errors smaller than this are squared, larger ones count as they are. Only the Huber loss uses it.",
    ),
    Param(
        name="ignore_index",
        type="int",
        default=None,
        minimum=-100,
        maximum=255,
        label="Not annotated",
        basic=False,
        help="The value of what nobody annotated, such as 255 in a mask. It has no weight. Empty: all is annotated.",
    ),
    Param(
        name="label_smoothing",
        type="float",
        default=0.0,
        minimum=0,
        maximum=0.9,
        label="Label smoothing",
        basic=False,
        help="How unsure the right answers are taken to be. 0: entirely sure. Only cross entropy uses it.",
    ),
)
"""The settings of single losses; an output has those that one of its losses takes."""

_WEIGHT = Param(
    name="weight",
    type="float",
    default=1.0,
    minimum=0,
    maximum=1000,
    label="Weight",
    basic=False,
    help="How much this output's loss counts beside those of the others. With one output it changes nothing.",
)


def _output(task: Task, label: str, summary: str, takes: PortType, says: str) -> NodeSpec:
    names = losses_of(task)
    used = frozenset[str]().union(*(loss_of(task, name).params for name in names))
    loss = Param(name="loss", type="choice", default=names[0], choices=names, label="Loss", help=_LOSS_HELP[task])
    return NodeSpec(
        kind=f"{task}_output",
        label=label,
        category="Output",
        summary=summary,
        stem="output",
        style="end",
        role="output",
        basic=task in ("classification", "segmentation"),
        first_plain=True,
        task=task,
        inputs=(Port(name="input", label=says, types=(takes,)),),
        outputs=(Port(name="scores", label="Scores", types=("scores",)),),
        params=(loss, *TRAINING, *(param for param in _OWN if param.name in used), _WEIGHT),
        shape=shapes.unchanged,
    )


SPECS = (
    _output(
        "classification",
        "Output",
        "Compares the scores with the right classes, and says how the network learns from the difference.",
        "vector",
        "Scores, one per class",
    ),
    _output(
        "segmentation",
        "Segmentation output",
        "Compares the scores of every pixel with the mask: which class is where in the image.",
        "image",
        "An image with one channel per class",
    ),
    _output(
        "multilabel",
        "Multi-label output",
        "Compares the scores with which classes occur in an image: none, one or several.",
        "vector",
        "Scores, one per class",
    ),
    _output(
        "regression",
        "Regression output",
        "Compares the values with measured ones, such as the share of an area.",
        "vector",
        "Values, one per measurement",
    ),
    _output(
        "reconstruction",
        "Reconstruction output",
        "Compares an image with the one that went in: an autoencoder learns what matters in its images.",
        "image",
        "An image like the one that went in",
    ),
)
