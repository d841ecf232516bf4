"""What is learned: does each output fit its data set, its loss, and what the layers before it give."""

from __future__ import annotations

from collections.abc import Iterator

from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.inference import RANKS
from patholearn_lab.graph.inputs import NOT_ANNOTATED, DatasetShape
from patholearn_lab.graph.issues import Issue, Mend
from patholearn_lab.graph.learning.losses import class_weights, loss_of, losses_of
from patholearn_lab.graph.learning.metrics import BY_TASK
from patholearn_lab.graph.learning.settings import TRAINING
from patholearn_lab.graph.learning.tasks import OBJECTIVES, Objective, fitting
from patholearn_lab.graph.mends import bypass, insert, set_params
from patholearn_lab.graph.operations import Operation, SetKind, SetParams
from patholearn_lab.graph.shapes import show
from patholearn_lab.graph.spec import Shape
from patholearn_lab.graph.validation.examined import Examined
from patholearn_lab.graph.zoo.rules import FILES, is_file

_SQUASHING = {
    ("classification", "softmax"): "the cross entropy applies a softmax itself. A second one before it makes learning "
    "slow.",
    ("classification", "log_softmax"): "the cross entropy applies one itself. A second one changes nothing.",
    ("classification", "sigmoid"): "the cross entropy takes scores of any size. A sigmoid before it makes learning "
    "slow.",
    ("segmentation", "softmax"): "the loss applies a softmax to every pixel itself. A second one before it makes "
    "learning slow.",
    ("segmentation", "log_softmax"): "the loss applies a softmax to every pixel itself. A second one changes nothing.",
    ("segmentation", "sigmoid"): "the loss takes scores of any size. A sigmoid before it makes learning slow.",
    ("multilabel", "sigmoid"): "the binary cross entropy applies a sigmoid itself. A second one before it makes "
    "learning slow.",
    ("multilabel", "softmax"): "a softmax lets one class win, but here several may occur in one image.",
    ("multilabel", "log_softmax"): "a softmax lets one class win, but here several may occur in one image.",
    ("reconstruction", "sigmoid"): "it gives values from 0 to 1 only, but the pixels of a normalized image lie around "
    "0, on both sides.",
    ("reconstruction", "softmax"): "it gives values from 0 to 1 only, but the pixels of a normalized image lie around "
    "0, on both sides.",
    ("reconstruction", "relu"): "it gives no negative values, but half the pixels of a normalized image are negative.",
}
"""Why a layer should not stand before an output of that task."""
_NEAREST = {("segmentation", "f1"): "dice", ("classification", "dice"): "f1", ("classification", "iou"): "f1"}
"""What measures nearly the same for another task."""


def wrong_task(examined: Examined) -> Iterator[Issue]:
    """An output that the data set has no answers for."""
    for output, objective, shape in _compared(examined):
        if shape.has(objective.target):
            continue
        better = fitting(shape)
        yield Issue(
            code="wrong_task",
            severity="error",
            node=output,
            message=f"“{shape.name}” has {OBJECTIVES[shape.task].given}, but {examined.name(output)} learns "
            f"{objective.learns}. Take a {catalog[better.kind].label}, or choose another data set.",
            mend=_become(examined, output, better),
            other_mends=tuple(
                _become(examined, output, other)
                for other in OBJECTIVES.values()
                if other != better and shape.has(other.target) and _takes(examined, output, other)
            ),
        )


def width(examined: Examined) -> Iterator[Issue]:
    """One score per class, one value per measurement, one channel per color."""
    for output, objective, shape in _compared(examined):
        arriving = examined.inferred.inputs.get(output)
        if not arriving or not shape.has(objective.target):
            continue
        needed = shape.channels if objective.target == "images" else len(shape.names(objective.target))
        if arriving[0][0] == needed:
            continue
        edge_id = examined.topology.incoming[output][0]
        edge = examined.topology.edges[edge_id]
        channels = len(arriving[0]) == 3
        decided = _deciding(examined, edge.source, channels)
        layer = decided[0] if decided else None
        params = {"out_channels": needed, "kernel_size": 1} if channels else {"out_features": needed}
        label = f"Add a 1×1 convolution with {needed} channels" if channels else f"Add a Linear with {needed} outputs"
        added = insert(examined.document, edge, edge_id, "conv2d" if channels else "linear", params, label)
        mend = added
        if decided is not None:
            mend = set_params(
                decided[0], {decided[1]: needed}, f"Set {examined.name(decided[0])} to {needed} {decided[2]}"
            )
        yield Issue(
            code="wrong_class_count",
            severity="error",
            node=layer or output,
            message=_width_message(objective, shape, needed, examined.name(edge.source), arriving[0]),
            mend=mend,
            other_mends=() if mend is added else (added,),
        )


def size(examined: Examined) -> Iterator[Issue]:
    """An answer for every pixel: as high and wide as the image."""
    for output, objective, shape in _compared(examined):
        arriving = examined.inferred.inputs.get(output)
        if not arriving or len(arriving[0]) != 3 or not shape.has(objective.target):
            continue
        height, width_ = arriving[0][1:]
        if (height, width_) == (shape.height, shape.width):
            continue
        source = examined.name(examined.topology.sources(output)[0])
        what = "the image that went in" if objective.target == "images" else "the mask"
        yield Issue(
            code="wrong_size",
            severity="error",
            node=output,
            message=f"{source} gives {height} × {width_} pixels, but {what} has {shape.height} × {shape.width}. "
            f"{examined.name(output)} needs an answer for every pixel.",
            mend=_resize(examined, output, shape),
        )


def squashed(examined: Examined) -> Iterator[Issue]:
    """A softmax, sigmoid or ReLU that stands in the way of the loss."""
    for output, objective in _objectives(examined):
        for source in examined.topology.sources(output):
            spec = examined.specs.get(source)
            why = _SQUASHING.get((objective.task, spec.kind)) if spec else None
            if spec is not None and why is not None:
                yield Issue(
                    code=f"{spec.kind}_before_loss",
                    severity="warning",
                    node=source,
                    message=f"{examined.name(source)}: {why}",
                    mend=bypass(examined.topology, source, f"Remove the {spec.label}"),
                )


def weights(examined: Examined) -> Iterator[Issue]:
    """Class weights that are as many as the classes, and outputs that weigh something."""
    for output, objective, shape in _compared(examined):
        values = examined.values[output]
        if not any(term.weighted for term in loss_of(objective.task, values["loss"]).terms):
            continue
        typed = str(values["class_weights"])
        found = class_weights(typed, shape.counts(objective.target))
        classes = len(shape.names(objective.target))
        if len(found) == classes or not shape.has(objective.target):
            continue
        if typed.strip():
            message = f"“Class weights” must be {classes} numbers with commas between them, one for each class of "
            message += f"“{shape.name}” and none negative, but it is {typed!r}."
            mend = set_params(output, {"class_weights": None}, "Take the weights from the data set")
        else:
            message = f"how often each class occurs in “{shape.name}” is not known yet, so its weights are not either. "
            message += "Type them as “Class weights”, or take a loss without them."
            mend = set_params(output, {"loss": None}, "Take the usual loss")
        yield Issue(
            code="class_weights",
            severity="error",
            node=output,
            message=f"{examined.name(output)}: {message}",
            mend=mend,
        )
    losses = [key for key in examined.outputs if key in examined.values]
    if len(losses) > 1 and not any(examined.values[key]["weight"] for key in losses):
        yield Issue(
            code="nothing_weighs",
            severity="error",
            node=losses[0],
            message="All outputs have the weight 0, so nothing is learned.",
            mend=set_params(losses[0], {"weight": None}, f"Let {examined.name(losses[0])} count"),
        )


def not_annotated(examined: Examined) -> Iterator[Issue]:
    """What nobody annotated has no weight."""
    compared = list(_compared(examined))
    for output, objective, shape in compared:
        # Where labels are all that is learned, samples without one are left out of the training.
        alone = objective.target == "labels" and len(compared) == 1
        value = NOT_ANNOTATED.get(objective.target)
        values = examined.values[output]
        if objective.target not in shape.sparse or alone or values.get("ignore_index") == value:
            continue
        what = "pixels of the masks" if objective.target == "masks" else "samples"
        yield Issue(
            code="not_annotated",
            severity="error",
            node=output,
            message=f"Some {what} of “{shape.name}” are not annotated and have the value {value}, which is no class. "
            f"Set “Not annotated” of {examined.name(output)} to {value}, so that they have no weight.",
            mend=set_params(output, {"ignore_index": value}, "Give what nobody annotated no weight"),
        )


def metrics(examined: Examined) -> Iterator[Issue]:
    """Metrics that measure what their output learns."""
    for output, objective in _objectives(examined):
        arriving = examined.inferred.inputs.get(output)
        for node in examined.topology.targets(output):
            if node not in examined.values or examined.specs[node].role != "metric":
                continue
            name = str(examined.values[node]["name"])
            kinds = BY_TASK[objective.task]
            kind = kinds.get(name)
            if kind is None:
                better = _NEAREST.get((objective.task, name), next(iter(kinds)))
                message = f"{name} does not measure an output that learns {objective.learns}. "
                message += f"Such an output can have {', '.join(kinds)}."
            elif kind.one_value and arriving and arriving[0][0] > 1:
                better = "r2"
                message = f"{name} measures one value, but {examined.name(output)} has {arriving[0][0]}."
            else:
                continue
            yield Issue(
                code="metric_does_not_fit",
                severity="error",
                node=node,
                message=f"{examined.name(node)}: {message}",
                mend=set_params(node, {"name": better}, f"Measure {better}"),
            )


def shared_settings(examined: Examined) -> Iterator[Issue]:
    """Of several outputs, the training settings of the first one count."""
    outputs = [key for key in examined.outputs if key in examined.values]
    for output in outputs[1:]:
        first, own = examined.values[outputs[0]], examined.values[output]
        differing = [param for param in TRAINING if first[param.name] != own[param.name]]
        if differing:
            names = ", ".join(f"“{param.label}”" for param in differing)
            given = examined.document.nodes[outputs[0]].params
            yield Issue(
                code="settings_differ",
                severity="warning",
                node=output,
                message=f"A network is trained in one way: {names} of {examined.name(outputs[0])} count, and those of "
                f"{examined.name(output)} are not used.",
                mend=set_params(
                    output,
                    {param.name: given.get(param.name) for param in differing},
                    f"Take them from {examined.name(outputs[0])}",
                ),
            )


def _objectives(examined: Examined) -> Iterator[tuple[str, Objective]]:
    """Give the outputs whose settings are usable, with what they learn."""
    for output in examined.outputs:
        task = examined.specs[output].task
        if output in examined.values and task is not None:
            yield output, OBJECTIVES[task]


def _compared(examined: Examined) -> Iterator[tuple[str, Objective, DatasetShape]]:
    """Give the same with the data set, where that is known."""
    if examined.dataset is not None:
        for output, objective in _objectives(examined):
            yield output, objective, examined.dataset


def _width_message(objective: Objective, shape: DatasetShape, needed: int, source: str, arriving: Shape) -> str:
    found = f"{arriving[0]:,}"
    match objective.target:
        case "images":
            return f"“{shape.name}” has images with {needed} channels, but {source} gives {found}."
        case "masks":
            return (
                f"“{shape.name}” has {needed} classes in its masks, but {source} gives {found} channels "
                f"({show(arriving)}). The output needs one channel per class."
            )
        case "values":
            return f"“{shape.name}” has {needed} values per image, but {source} gives {found}."
    return (
        f"“{shape.name}” has {needed} classes, but {source} gives {found} scores. The output needs one score per class."
    )


def _deciding(examined: Examined, node: str, channels: bool) -> tuple[str, str, str] | None:
    """Return the node that decides how wide the answers are, its parameter for that, and what this one counts.

    It is `node` itself, or one above it behind nodes that keep the shape: a layer, or a whole network with a last layer
    for classes.
    """
    kind, param, many = ("conv2d", "out_channels", "channels") if channels else ("linear", "out_features", "outputs")
    while True:
        spec = examined.specs[node]
        if spec.kind == kind:
            return node, param, many
        if spec.param("classes") is not None:
            return node, "classes", "classes"
        above = examined.topology.sources(node)
        if len(above) != 1 or not spec.outputs or spec.outputs[0].same_as is None:
            return None
        node = above[0]


def _takes(examined: Examined, output: str, objective: Objective) -> bool:
    """Return whether an output of that task would take what arrives at this one."""
    arriving = examined.inferred.inputs.get(output)
    types = catalog[objective.kind].inputs[0].types
    return arriving is not None and len(arriving[0]) in {RANKS[name] for name in types}


def _become(examined: Examined, output: str, objective: Objective) -> Mend:
    """Turn an output into one of another task; settings that it does not have go back to their defaults."""
    spec, given = catalog[objective.kind], examined.document.nodes[output].params
    gone = {name: None for name in sorted(given) if spec.param(name) is None}
    if given.get("loss") not in (None, *losses_of(objective.task)):
        gone["loss"] = None
    operations: list[Operation] = [SetKind(id=output, kind=objective.kind)]
    if gone:
        operations.append(SetParams(id=output, params=gone))
    return Mend(label=f"Make it a {spec.label}", operations=tuple(operations))


def _resize(examined: Examined, output: str, shape: DatasetShape) -> Mend:
    """Put an Upsample before the output that gives the image's size."""
    edge_id = examined.topology.incoming[output][0]
    edge = examined.topology.edges[edge_id]
    size_ = f"{shape.height}, {shape.width}"
    label = f"Resize to {shape.height} × {shape.width} pixels"
    return insert(examined.document, edge, edge_id, "upsample", {"size": size_}, label)


def beginning(examined: Examined) -> Iterator[Issue]:
    """A file of weights is named as one."""
    for output in examined.outputs[:1]:
        file = str(examined.values[output]["weights"]) if output in examined.values else ""
        if file and not is_file(file):
            yield Issue(
                code="weights_file",
                severity="error",
                node=output,
                message=f"{examined.name(output)}: “Weights to begin with” is {file!r}, but a file of weights ends in "
                f"{', '.join(FILES[:-1])} or {FILES[-1]}.",
                mend=set_params(output, {"weights": None}, "Begin with random weights"),
            )


RULES = (wrong_task, width, size, squashed, weights, not_annotated, beginning, metrics, shared_settings)
