"""What comes out of a new code node: not known without running it, but told by the layer that takes it.

``x = rearrange(x, "b c h w -> b (c h w)")`` before ``self.fc = nn.Linear(2048, 2)`` gives 2048 values.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from patholearn_lab.codegen.sketch import Drawn, Sketch
from patholearn_lab.graph.spec import Shape

_CHANNELS = frozenset({"in_channels", "num_features", "num_channels"})


def settle_guesses(sketch: Sketch, guessed: Iterable[str]) -> set[str]:
    """Give code nodes the shapes that follow from the layers below them.

    Parameters
    ----------
    sketch
        The network.
    guessed
        The code nodes whose output was taken to be shaped like their input.

    Returns
    -------
    set of str
        All nodes whose shapes hang on a guess.
    """
    below: dict[str, list[str]] = defaultdict(list)
    for key, drawn in sketch.nodes.items():
        for wire in drawn.wires:
            below[wire.source].append(key)
    waiting, reached = list(guessed), set[str]()
    for key in waiting:
        drawn = sketch.nodes[key]
        given = drawn.shapes[0] if drawn.shapes else None
        wanted = _wanted(sketch, below, key, given)
        if wanted is not None and wanted != given:
            params = {**drawn.params, "shape": ", ".join(map(str, wanted))}
            sketch.nodes[key] = replace(drawn, params=params)
    while waiting:
        key = waiting.pop()
        if key not in reached:
            reached.add(key)
            waiting += below[key]
    return reached


def _wanted(sketch: Sketch, below: dict[str, list[str]], key: str, given: Shape | None) -> Shape | None:
    """Return the shape that the next layer asks for which knows the size of its input."""
    seen: set[str] = set()
    while below[key] and key not in seen:
        seen.add(key)
        key = below[key][0]
        layer = sketch.nodes[key]
        wanted = _asked(layer, given)
        if wanted is not None or not layer.spec.outputs or layer.spec.outputs[0].same_as is None:
            return wanted
    return None


def _asked(layer: Drawn, given: Shape | None) -> Shape | None:
    for name, value in layer.derived.items():
        if isinstance(value, int) and name == "in_features":
            return (value,)
        if isinstance(value, int) and name in _CHANNELS and given is not None and len(given) == 3:
            return (value, *given[1:])
    return None
