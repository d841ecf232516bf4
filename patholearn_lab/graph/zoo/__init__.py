"""What is known about the whole networks of other libraries: sizes and costs, from tables measured on the libraries.

A table is one JSON file a library, ``{"columns": [...], "networks": {name: [values]}}``, read when it is first needed.
`patholearn_lab.tracing.network_tables` writes it. A network of weights that need another image size has a row of its
own, ``vit_b_16.IMAGENET1K_SWAG_E2E_V1``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

from patholearn_lab.errors import NotFoundError

Library: TypeAlias = Literal["torchvision", "timm", "smp"]
LIBRARIES: tuple[Library, ...] = get_args(Library)


class Network(NamedTuple):
    """A network without its last layer, for one image of `channels` 3, `height` and `width`.

    Parameters
    ----------
    features
        Channels (or numbers) that its last layer gets.
    parameters, multiply_adds, activations
        Numbers to learn; multiplications of convolutions, matrix products and attention; values that its innermost
        layers give out.
    height, width
        The image that these costs were measured with, in pixels.
    least, step
        The smallest side that it takes, and of what larger sides have to be multiples; a `step` of 0: it takes images
        of `height` and `width` alone.
    stem_parameters, stem_multiply_adds
        What one input channel more costs; 0 where it takes images of three channels alone.
    encoder_parameters
        Those of its `parameters` that belong to a pre-trained encoder; all of them where it is one.
    head
        Where the last layer is, as Python says it: ``fc``, ``classifier[6]``. Empty where the library replaces it.
    head_base, head_parameters, head_multiply_adds, head_activations
        What a last layer adds: once, and for every class.
    weights
        The versions of its pre-trained weights, the usual one first.
    """

    features: int
    parameters: int
    multiply_adds: int
    activations: int
    height: int
    width: int
    least: int
    step: int
    stem_parameters: int
    stem_multiply_adds: int
    encoder_parameters: int
    head: str
    head_base: int
    head_parameters: int
    head_multiply_adds: int
    head_activations: int
    weights: tuple[str, ...]

    def takes(self, height: int, width: int) -> bool:
        """Return whether it takes images of that size."""
        if not self.step:
            return (height, width) == (self.height, self.width)
        return min(height, width) >= self.least and not (height % self.step or width % self.step)

    def fitting(self, height: int, width: int) -> tuple[int, int]:
        """Return the next larger size that it takes."""
        if not self.step:
            return self.height, self.width
        tall, wide = (max(self.least, -(-side // self.step) * self.step) for side in (height, width))
        return tall, wide


def find(library: Library, name: str, weights: str = "") -> Network | None:
    """Return what is known about a network, with these weights where they make a difference; None for no such name."""
    rows = _table(library)
    network = rows.get(name)
    if weights == "DEFAULT" and network is not None and network.weights:
        weights = network.weights[0]
    return rows.get(f"{name}.{weights}", network)


def networks(library: Library, pattern: str = "*") -> list[str]:
    """Return the names of whole networks that can be nodes, in alphabetical order.

    Parameters
    ----------
    library
        ``torchvision``, ``timm``, or ``smp`` for segmentation-models-pytorch, whose names are pairs: ``Unet/resnet34``.
    pattern
        Which names: ``resnet*``. All where left out.

    Raises
    ------
    NotFoundError
        When there is no such library.
    """
    if library not in LIBRARIES:
        raise NotFoundError(f"There is no library {library!r} of networks.", f"Choose one of {', '.join(LIBRARIES)}.")
    return sorted(name for name in _table(library) if "." not in name and fnmatchcase(name, pattern))


def close_to(library: Library, name: str) -> list[str]:
    """Return up to three names of the library that resemble a name, the closest first."""
    return get_close_matches(name.lower(), [known for known in _table(library) if "." not in known], n=3, cutoff=0.5)


@cache
def _table(library: Library) -> Mapping[str, Network]:
    text = files("patholearn_lab.graph.zoo").joinpath(f"{library}.json").read_text(encoding="utf-8")
    table: Mapping[str, Any] = json.loads(text)
    assert table["columns"] == list(Network._fields), f"{library}.json is of another version"
    return {name: Network._make((*row[:-1], tuple(row[-1]))) for name, row in table["networks"].items()}
