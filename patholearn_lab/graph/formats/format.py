"""What a format is, and what all of them share: values, activations and training settings of other programs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from patholearn_lab.graph.catalog import spec_of
from patholearn_lab.graph.document import MAX_NUMBER, Document, ParamValue
from patholearn_lab.graph.draft import Draft
from patholearn_lab.graph.parts import MAX_TEXT


@dataclass(frozen=True)
class Imported:
    """A document, and sentences on what could not be taken over."""

    document: Document
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Format:
    """A kind of file.

    Parameters
    ----------
    name, label
        Its name for programs and for people.
    recognizes
        Tells by the decoded JSON whether it is of this format.
    read
        Makes a document of it. Raises DocumentError where the form is wrong.
    """

    name: str
    label: str
    recognizes: Callable[[Mapping[str, Any]], bool]
    read: Callable[[Mapping[str, Any]], Imported]


class Import:
    """A draft with its notes, and the words of other programs."""

    def __init__(self) -> None:
        self.draft = Draft()
        self.notes: list[str] = []

    def add_unknown(self, kind: str, params: Mapping[str, Any], what: str) -> str:
        """Add something that no kind stands for: it stays in the graph, and the check says that it is unknown."""
        self.notes.append(f"{what} has no counterpart here. It is kept as an unknown node: replace or remove it.")
        return self.draft.add(kind[:100] or "unknown", _plain(params))

    def add_activation(self, above: str, activation: Any, names: Mapping[str, str], layer: str) -> str:
        """Add the activation that other programs keep inside a layer, and return the node that ends the layer."""
        name = str(activation or "").strip().lower()
        if name in ("", "none", "linear", "none (linear)", "identity"):
            return above
        kind = names.get(name, name)
        known = spec_of(kind)
        node = (
            self.draft.add(kind)
            if known is not None and known.category == "Activations"
            else self.add_unknown(kind, {}, f"The activation {activation!r} of {layer}")
        )
        self.draft.connect(above, node)
        return node

    def choice(self, kind: str, param: str, wanted: Any, names: Mapping[str, str]) -> ParamValue:
        """Return a choice by another program's name for it; None, with a note, where there is none like it."""
        name = names.get(str(wanted).lower(), str(wanted).lower())
        spec = spec_of(kind)
        declared = spec.param(param) if spec else None
        if declared is not None and name in declared.choices:
            return name
        if wanted is not None and declared is not None:
            self.notes.append(
                f"“{declared.label}” was {wanted!r}, which is no choice here; it is {declared.default!r} now."
            )
        return None

    def finished(self, name: str) -> Imported:
        """Return the arranged document with the notes."""
        return Imported(self.draft.finished(name), tuple(dict.fromkeys(self.notes)))


def number(value: object) -> ParamValue:
    """Return ``"3"`` as 3, as browsers' forms keep numbers; anything else as it is, for the check to judge."""
    if isinstance(value, str):
        try:
            return number(float(value))
        except ValueError:
            return value[:MAX_TEXT]
    if isinstance(value, float) and value.is_integer():
        return number(int(value))
    if isinstance(value, (int, float)):
        return value if math.isfinite(value) and abs(value) <= MAX_NUMBER else str(value)[:MAX_TEXT]
    return None


def size(value: Any) -> ParamValue:
    """Return a size: 3, "3", [3, 3] and {"x": 3, "y": 3} as 3; [1, 7] as ``"1, 7"``."""
    if isinstance(value, Mapping):
        value = [value.get("x"), value.get("y")]
    if isinstance(value, (list, tuple)):
        sides = [number(side) for side in value]
        return sides[0] if len(set(sides)) == 1 else ", ".join(str(side) for side in sides)
    return number(value)


def _plain(params: Mapping[str, Any]) -> dict[str, ParamValue]:
    """Return settings as far as a document can keep them."""
    return {
        name: str(value)[:MAX_TEXT] if isinstance(value, (str, list, Mapping)) else number(value)
        for name, value in params.items()
        if value is not None and name.isidentifier() and len(name) <= 64
    }
