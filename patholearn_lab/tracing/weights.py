"""The weights that a drawing was made with, and how they come into the network that its code makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from patholearn_lab.errors import InvalidInputError
from patholearn_lab.graph.zoo.rules import FILES, is_file
from patholearn_lab.lazy import optional_import
from patholearn_lab.paths import write_atomically


@dataclass(frozen=True)
class Weights:
    """Tensors of a network that was traced, and which node has which.

    Parameters
    ----------
    keys
        For every node with weights, the key of each of its tensors: ``{"conv_1": {"weight": "features.0.weight"}}``.
    tensors
        All tensors by their keys; shared with the network that was traced, not copied, but for attention of which the
        network has query, key and value apart and the node together.
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

    def save(self, path: str | Path, names: Mapping[str, str]) -> Path:
        """Write the weights to a file that the emitted cell can begin with, and return its full path.

        Parameters
        ----------
        path
            It ends in ``.pt`` or ``.pth`` (read by torch alone), or in ``.safetensors``.
        names
            As for `state_dict`.

        Raises
        ------
        InvalidInputError
            When the file ends otherwise.
        MissingDependencyError
            When safetensors is not installed.
        """
        # torch takes seconds to import; who only draws does without.
        import torch

        file = Path(path).expanduser().resolve()
        if not is_file(file.name):
            raise InvalidInputError(
                f"{file.name!r} does not end as a file of weights does.", f"End it in {', '.join(FILES)}."
            )
        found = {name: tensor.detach().clone().contiguous() for name, tensor in self.state_dict(names).items()}
        if file.suffix == ".safetensors":
            data = optional_import("safetensors.torch", "networks").save(found)
        else:
            buffer = BytesIO()
            torch.save(found, buffer)
            data = buffer.getvalue()
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, data)
        return file
