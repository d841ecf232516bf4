"""Looking for whole networks by name, as a person types it."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict

from patholearn_lab.errors import InvalidInputError
from patholearn_lab.graph.zoo import Library, close_to, find, networks

MOST = 500
"""Networks in one answer."""


class NetworkCard(BaseModel):
    """What people see of a whole network before they take it.

    Parameters
    ----------
    library, name
        Where it comes from, and its name there; of segmentation-models-pytorch a pair, ``Unet/resnet34``.
    parameters
        Numbers to learn, without the last layer.
    features
        How many numbers (of segmentation-models-pytorch: channels) its last layer gets.
    multiply_adds
        For one image of `height` × `width` px, which it was measured with.
    any_size
        Whether it takes images of other sizes too.
    weights
        The versions of its pre-trained weights, the usual one first; none where there are none.
    """

    model_config = ConfigDict(frozen=True)

    library: Library
    name: str
    parameters: int
    features: int
    multiply_adds: int
    height: int
    width: int
    any_size: bool
    weights: tuple[str, ...]


def search(library: Library, text: str = "", pretrained: bool | None = None, limit: int = 50) -> list[NetworkCard]:
    """Return the networks that somebody may mean, the best first.

    Parameters
    ----------
    library
        ``torchvision``, ``timm``, or ``smp`` for segmentation-models-pytorch.
    text
        Parts of the name in any order; small and capital letters, blanks and dashes are all the same: ``ResNet 50``.
        Where no name has them, names that resemble it are taken. Empty: all, in alphabetical order.
    pretrained
        Whether there have to be pre-trained weights (True) or must not be any (False). None: either.
    limit
        The most networks to return, 500 at most.

    Raises
    ------
    NotFoundError
        When there is no such library.
    InvalidInputError
        When the limit is not from 1 to 500.
    """
    if not 1 <= limit <= MOST:
        raise InvalidInputError(f"limit is {limit}, which is not possible.", f"Choose a number from 1 to {MOST}.")
    names = networks(library)
    words = re.findall(r"[a-z0-9]+", text.lower())
    found = sorted((name for name in names if _has(name, words)), key=lambda name: _distance(name, words))
    cards = (_card(library, name) for name in found or close_to(library, text))
    wanted = [card for card in cards if pretrained is None or bool(card.weights) is pretrained]
    return wanted[:limit]


def _has(name: str, words: list[str]) -> bool:
    plain = _plain(name)
    return all(word in plain for word in words) or "".join(words) in plain


def _distance(name: str, words: list[str]) -> tuple[bool, bool, int, str]:
    """Order names: those that are just what was typed, those that begin so, short ones."""
    typed, plain = "".join(words), _plain(name)
    return (plain != typed, not plain.startswith(typed), len(name) if words else 0, name)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _card(library: Library, name: str) -> NetworkCard:
    network = find(library, name)
    assert network is not None, f"{name} is listed and has no row"
    return NetworkCard(
        library=library,
        name=name,
        parameters=network.parameters,
        features=network.features,
        multiply_adds=network.multiply_adds,
        height=network.height,
        width=network.width,
        any_size=network.step > 0,
        weights=network.weights,
    )
