"""Mends for branches that do not fit together: a convolution, a pooling or an upsampling on the ways that differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from patholearn_lab.graph.document import Document, ParamValue
from patholearn_lab.graph.issues import Mend
from patholearn_lab.graph.mends import insert
from patholearn_lab.graph.operations import Operation, apply
from patholearn_lab.graph.spec import Shape

Step: TypeAlias = tuple[str, Mapping[str, ParamValue]]
"""A kind and its parameters."""
Way: TypeAlias = Callable[[Shape, Shape], Step | None]
"""What turns one shape into another; None where nothing simple does."""


def mends_for_shapes(document: Document, edges: Sequence[str], shapes: Sequence[Shape]) -> list[Mend]:
    """Return the ways to make the inputs of a merge fit, the usual one first; none where there is no simple one.

    Parameters
    ----------
    document
        The graph.
    edges
        The ids of the connections into the merge, in their order.
    shapes
        What arrives there.
    """
    kind = document.nodes[document.edges[edges[0]].target].kind
    ranks = {len(shape) for shape in shapes}
    small = min(shapes, key=lambda shape: (shape[1:], shape[0]))
    large = max(shapes, key=lambda shape: (shape[1:], shape[0]))
    found: list[Mend | None] = []
    if ranks == {1}:
        found = [_match(document, edges, shapes, small, _linear, "Match the widths with a Linear")]
    elif ranks == {3} and kind == "concatenate":
        found = [
            _match(document, edges, shapes, small, _pool, "Make the larger image smaller by pooling"),
            _match(document, edges, shapes, large, _upsample, "Make the smaller image larger by upsampling"),
        ]
    elif ranks == {3} and small[1:] == large[1:]:
        found = [_match(document, edges, shapes, large, _convolution, "Match the channels with a 1 × 1 convolution")]
    elif ranks == {3}:
        label = "Match size and channels with a 1 × 1 convolution"
        found = [_match(document, edges, shapes, small, _convolution, label)]
    return [mend for mend in found if mend is not None]


def enlarge(document: Document, edge: str, factor: int) -> Mend:
    """Return the mend that makes an image larger on its way."""
    label = f"Make the image {factor} times as large first"
    return insert(document, document.edges[edge], edge, "upsample", {"scale_factor": factor}, label)


def _match(
    document: Document, edges: Sequence[str], shapes: Sequence[Shape], goal: Shape, way: Way, label: str
) -> Mend | None:
    operations: list[Operation] = []
    trial = document
    for key, shape in zip(edges, shapes, strict=True):
        step = way(shape, goal)
        if step is None:
            return None
        if not step[0]:
            continue
        mend = insert(trial, trial.edges[key], key, step[0], step[1], label)
        # The next one has to find other ids free, and other nodes moved.
        trial = apply(trial, mend.operations)
        operations += mend.operations
    return Mend(label=label, operations=tuple(operations)) if operations else None


_NOTHING: Step = ("", {})
"""The shape fits as it is."""


def _linear(shape: Shape, goal: Shape) -> Step:
    return _NOTHING if shape == goal else ("linear", {"out_features": goal[0]})


def _convolution(shape: Shape, goal: Shape) -> Step | None:
    """A 1 × 1 convolution, with the step that brings the size down as well, as in a ResNet."""
    if shape == goal:
        return _NOTHING
    stride = _ratio(shape, goal)
    if stride is None:
        return None
    return ("conv2d", {"out_channels": goal[0], "kernel_size": 1} | ({"stride": stride} if stride > 1 else {}))


def _pool(shape: Shape, goal: Shape) -> Step | None:
    if shape[1:] == goal[1:]:
        return _NOTHING
    window = _ratio(shape, goal)
    if window is None or shape[1] // window != goal[1] or shape[2] // window != goal[2]:
        return None
    return ("max_pool2d", {"kernel_size": window})


def _upsample(shape: Shape, goal: Shape) -> Step | None:
    if shape[1:] == goal[1:]:
        return _NOTHING
    factor = _ratio(goal, shape)
    if factor is None:
        return None
    exact = (shape[1] * factor, shape[2] * factor) == goal[1:]
    return ("upsample", {"scale_factor": factor}) if exact else None


def _ratio(larger: Shape, smaller: Shape) -> int | None:
    """Return the step that brings one size to the other, with what is left over at the border counted as a place."""
    step = max(1, round(larger[1] / smaller[1]))
    fits = all(-(-side // step) == wanted for side, wanted in zip(larger[1:], smaller[1:], strict=True))
    return step if fits else None
