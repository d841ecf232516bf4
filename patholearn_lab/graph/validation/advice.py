"""What can be trained, but hardly as meant."""

from __future__ import annotations

from collections.abc import Iterator

from patholearn_lab.graph.issues import Issue
from patholearn_lab.graph.mends import insert, set_params
from patholearn_lab.graph.validation.examined import Examined

PARAMETERS_PER_SAMPLE = 500
"""Beyond this many weights per training image a small network is the better start. A rule of thumb, no law."""


def linear_after_linear(examined: Examined) -> Iterator[Issue]:
    """Two Linears in a row are worth one."""
    for key, edge in examined.topology.edges.items():
        kinds = [examined.specs[end].kind for end in (edge.source, edge.target) if end in examined.specs]
        if kinds == ["linear", "linear"]:
            yield Issue(
                code="no_activation",
                severity="advice",
                node=edge.target,
                edge=key,
                message=f"{examined.name(edge.source)} and {examined.name(edge.target)} have no activation between "
                "them, so together they can learn no more than one Linear.",
                mend=insert(examined.document, edge, key, "relu", {}, "Insert ReLU"),
            )


def too_many_parameters(examined: Examined) -> Iterator[Issue]:
    """Far more weights than images to learn them from."""
    samples = examined.dataset.train_samples if examined.dataset else 0
    counts = {key: examined.inferred.facts[key].parameters for key in examined.used}
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


RULES = (linear_after_linear, too_many_parameters, batch_larger_than_data)
