"""The weights that a drawing was made with, and how they come into the network that its code makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Weights:
    """Tensors of a network that was traced, and which node has which.

    Parameters
    ----------
    keys
        For every node with weights, the key of each of its tensors: ``{"conv_1": {"weight": "features.0.weight"}}``.
    tensors
        All tensors by their keys; shared with the network that was traced, not copied.
    """

    keys: Mapping[str, Mapping[str, str]]
    tensors: Mapping[str, Any]

    def state_dict(self, names: Mapping[str, str]) -> dict[str, Any]:
        """Return what the emitted network's ``load_state_dict`` takes.

        Parameters
        ----------
        names
            What the code calls the layer of each node: :attr:`patholearn_lab.codegen.cell.EmittedCell.names`.
            Nodes that are not there (because somebody removed them) are passed over.
        """
        found: dict[str, Any] = {}
        for node, parts in self.keys.items():
            for part, key in parts.items():
                attribute, _, rest = part.partition(".")
                if node in names:
                    found[f"{names[node]}.{part}"] = self.tensors[key]
                elif f"{node}.{attribute}" in names:
                    name = names[f"{node}.{attribute}"]
                    found[f"{name}.{rest}" if rest else name] = self.tensors[key]
        return found
