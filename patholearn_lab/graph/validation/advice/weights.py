"""How many weights there are, for how many images, and how many values pass."""

from __future__ import annotations

from collections.abc import Iterator

from patholearn_lab.graph.issues import Issue
from patholearn_lab.graph.mends import set_params
from patholearn_lab.graph.validation.examined import Examined

PARAMETERS_PER_SAMPLE = 500
"""Beyond this many weights per training image a small network is the better start. A rule of thumb, no law."""


def too_many_parameters(examined: Examined) -> Iterator[Issue]:
    """Far more weights than images to learn them from."""
    samples = examined.dataset.train_samples if examined.dataset else 0
    facts = {key: examined.inferred.facts[key] for key in examined.used}
    counts = {key: fact.parameters - fact.frozen_parameters for key, fact in facts.items()}
    total = sum(counts.values())
    if samples and total > PARAMETERS_PER_SAMPLE * samples:
        largest = max(sorted(counts), key=counts.__getitem__)
        yield Issue(
            code="many_parameters",
            severity="advice",
            node=largest,
            message=f"The network has {total:,} weights for {samples:,} training images, and may learn them by heart. "
            f"Most weights ({counts[largest]:,}) are in {examined.name(largest)}: "
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
        for node in examined.above(output):
            is_linear = examined.specs[node].kind == "linear" and node in examined.values
            width = examined.values[node]["out_features"] if is_linear else None
            if width is not None and passed and width < classes:
                yield Issue(
                    code="bottleneck",
                    severity="advice",
                    node=node,
                    message=f"Everything passes through the {width:,} "
                    f"{'value' if width == 1 else 'values'} of {examined.name(node)}, but {classes} classes are to be "
                    "told apart. At least as many values as classes leave room for that.",
                    mend=set_params(node, {"out_features": classes}, f"Set {examined.name(node)} to {classes} outputs"),
                )
            passed = passed or width is not None


RULES = (too_many_parameters, batch_larger_than_data, bottleneck)
