"""How much of the image a decision sees."""

from __future__ import annotations

from collections.abc import Iterator

from patholearn_lab.graph.issues import Issue
from patholearn_lab.graph.validation.examined import Examined

SMALLEST_SHARE = 4
"""Where the size of objects is not known, a decision should see this part (a fourth) of the image's shorter side."""


def narrow_sight(examined: Examined) -> Iterator[Issue]:
    """A receptive field smaller than what is to be recognized.

    It matters where a decision is made for every place: before an output of images, and before a pooling that takes the
    mean or maximum over all that is left. A Flatten with a Linear behind it sees the whole image anyway.
    """
    shape = examined.dataset
    if shape is None:
        return
    side = min(shape.height, shape.width)
    for node, place in _decisions(examined):
        field = examined.inferred.facts[node].receptive_field
        if field is None or field >= side:
            continue
        if shape.object_px is not None and field < shape.object_px:
            what = f"but what is to be recognized in “{shape.name}” is about {shape.object_px:,} px large"
        elif shape.object_px is None and field * SMALLEST_SHARE < side:
            what = f"and the images are {shape.width:,} × {shape.height:,} px. It cannot tell what is larger than that"
        else:
            continue
        yield Issue(
            code="narrow_sight",
            severity="advice",
            node=node,
            message=f"At {examined.name(node)} a value sees {field:,} px of the image when {place} decides, {what}. "
            "More convolutions, larger kernels or pooling before it let it see more.",
        )


def _decisions(examined: Examined) -> Iterator[tuple[str, str]]:
    """Yield the nodes whose every place is decided on alone, and what decides."""
    facts = examined.inferred.facts
    for output in examined.outputs:
        if examined.specs[output].task is None:
            continue  # The border of a block: what leaves there is not decided yet.
        for source in examined.topology.sources(output):
            if facts[source].receptive_field is not None:
                yield source, examined.name(output)
    for node in sorted(examined.used):
        spec = examined.specs.get(node)
        if spec is None or spec.category != "Pooling":
            continue
        given = next(iter(facts[node].outputs.values()), ())
        arriving = examined.inferred.inputs.get(node, ((),))[0]
        to_one_value = len(given) == 3 and given[1:] == (1, 1) and max(arriving[1:]) > 1
        if to_one_value and not _weighs(examined, node):
            yield examined.topology.sources(node)[0], examined.name(node)


def _weighs(examined: Examined, node: str) -> bool:
    """Return whether what a node gives only weighs an image, as in a squeeze-and-excitation, and decides nothing."""
    return any(
        examined.specs[below].kind == "multiply"
        for below in examined.topology.reached_from({node})
        if below in examined.specs
    )


RULES = (narrow_sight,)
