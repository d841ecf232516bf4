"""How many weights there are, for how many images, and how many values pass."""

from __future__ import annotations

from collections.abc import Iterator

from patholearn_lab.graph.issues import Issue
from patholearn_lab.graph.mends import set_params
from patholearn_lab.graph.validation.examined import Examined
from patholearn_lab.graph.validation.inside import inner_nodes, places_above

PARAMETERS_PER_SAMPLE = 500
"""Beyond this many weights per training image a small network is the better start. A rule of thumb, no law."""


def too_many_parameters(examined: Examined) -> Iterator[Issue]:
    """Far more weights than images to learn them from."""
    samples = examined.dataset.train_samples if examined.dataset else 0
    facts = {key: examined.inferred.facts[key] for key in examined.used}
    counts = {key: fact.parameters - fact.frozen_parameters for key, fact in facts.items()}
    total = sum(counts.values())
    if samples and total > PARAMETERS_PER_SAMPLE * samples:
        inside = {
            item.path: item.facts.parameters - item.facts.frozen_parameters
            for node in sorted(counts)
            for item in inner_nodes(examined, node)
            if not item.is_block
        }
        blocks = {path[0] for path in inside}
        places = {(node,): count for node, count in counts.items() if node not in blocks} | inside
        largest = max(sorted(places), key=places.__getitem__)
        name = examined.name(largest[0]) if len(largest) == 1 else f"{largest[-1]} inside {examined.name(largest[0])}"
        yield Issue(
            code="many_parameters",
            severity="advice",
            node=largest[0],
            path=largest[1:],
            message=f"The network has {total:,} weights for {samples:,} training images, and may learn them by heart. "
            f"Most weights ({places[largest]:,}) are in {name}: "
            "more pooling before it, or fewer outputs, makes it smaller.",
        )


def batch_larger_than_data(examined: Examined) -> Iterator[Issue]:
    """A batch that the data set cannot fill."""
    samples = examined.dataset.train_samples if examined.dataset else 0
    for output in examined.outputs[:1]:
        size = examined.values[output]["batch_size"] if output in examined.values else 0
        if samples and size > samples:
            yield Issue(
                code="batch_too_large",
                severity="warning",
                node=output,
                message=f"{examined.name(output)}: a batch has {size:,} images, but there are only {samples:,} to "
                "train on, so the weights move once an epoch.",
                mend=set_params(output, {"batch_size": None}, "Use the usual batch size"),
            )


def bottleneck(examined: Examined) -> Iterator[Issue]:
    """Fewer values than classes, through which everything has to pass."""
    classes = len(examined.dataset.classes) if examined.dataset and examined.dataset.task == "classification" else 0
    for output in examined.outputs:
        if examined.specs[output].kind != "classification_output":
            continue
        passed = False
        for place in places_above(examined, output):
            values = place.examined.values.get(place.node)
            if place.spec is None or place.spec.kind != "linear" or values is None:
                continue
            width = values["out_features"]
            if passed and width < classes:
                label = f"Set {place.name} to {classes} outputs"
                plain = set_params(place.node, {"out_features": classes}, label) if len(place.path) == 1 else None
                yield Issue(
                    code="bottleneck",
                    severity="advice",
                    node=place.path[0],
                    path=place.path[1:],
                    message=f"Everything passes through the {width:,} "
                    f"{'value' if width == 1 else 'values'} of {place.name}, but {classes} classes are to be "
                    "told apart. At least as many values as classes leave room for that.",
                    mend=plain,
                )
            passed = True


RULES = (too_many_parameters, batch_larger_than_data, bottleneck)
