"""The architecture as a user's object, with the ways to begin one from a network that was never drawn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

from patholearn_lab.codegen import architecture
from patholearn_lab.codegen.lightning import emit_cell
from patholearn_lab.datasets.builtins import builtin_shape
from patholearn_lab.errors import NotFoundError
from patholearn_lab.graph.catalog import spec_of
from patholearn_lab.graph.inputs import DatasetLookup, DatasetShape
from patholearn_lab.graph.operations import SetParams
from patholearn_lab.graph.topology import edge_order
from patholearn_lab.tracing.drawing import Drawing, draw
from patholearn_lab.tracing.weights import Weights

if TYPE_CHECKING:
    import torch


class Architecture(architecture.Architecture):
    """A network drawn as a graph, or traced.

    Attributes
    ----------
    weights
        The weights of the network that it was drawn from; None where a person drew it.

    Examples
    --------
    >>> import torch, torchvision                                                        # doctest: +SKIP
    >>> net = Architecture.from_module(torchvision.models.resnet18(), torch.zeros(1, 3, 224, 224))  # doctest: +SKIP
    """

    weights: Weights | None = None

    @staticmethod
    def known_datasets(dataset: str) -> DatasetShape | None:
        """Return the shape of a built-in data set, so that shapes and code need no server."""
        return builtin_shape(dataset)

    @classmethod
    def from_module(
        cls,
        module: torch.nn.Module,
        example: torch.Tensor | tuple[torch.Tensor, torch.Tensor],
        dataset: str = "",
        *,
        blocks: bool = True,
    ) -> Self:
        """Draw any traceable ``nn.Module``, of torchvision, timm or one's own, with its weights.

        Parameters
        ----------
        module
            The network. It is traced in eval mode, and left as it was.
        example
            One input as its ``forward`` takes it, the batch first: ``torch.zeros(1, 3, 224, 224)``. Of a network of
            an image and a row of a table both, in that order: ``(torch.zeros(1, 3, 64, 64), torch.zeros(1, 8))``. Only
            sizes are used.
        dataset
            The data set that shall feed it. Where it is left out, the drawing begins at a constant input of the
            example's size: it can be written as a module, and be trained once a data set takes its place.
        blocks
            Whether modules that the network repeats, such as ResNet's ``BasicBlock``, become blocks where that makes
            the graph smaller. Without, every layer is a node.

        Raises
        ------
        InvalidInputError
            When ``forward`` decides by values, wants batches of one size, or does not take the example. That it looks
            at the sizes of its tensors is fine.
        DocumentError
            When it has more steps than a graph can hold.
        """
        # torch takes seconds to import; who draws by hand does without.
        from patholearn_lab.tracing.reading import Kinds
        from patholearn_lab.tracing.symbolic import trace

        return cls._drawn(draw(trace(module, example, Kinds()), dataset, blocks=blocks))

    @classmethod
    def from_onnx(cls, path: str | Path, dataset: str = "", shape: tuple[int, ...] | None = None) -> Self:
        """Draw the network in an ONNX file, with its weights.

        Parameters
        ----------
        path
            A file of at most 2 GB with its weights, which may stand in files beside it.
        dataset
            The data set that shall feed it; a constant input where it is left out.
        shape
            Sizes of one input without the batch: ``(3, 224, 224)``. Needed where the file leaves them open.

        Raises
        ------
        NotFoundError
            When there is no such file.
        DocumentError
            When it is no ONNX, has several inputs, or an operator that torch has no counterpart for; the message names
            the operator and its node.
        TooLargeError
            When it has more than 2 GB or 20,000 operators.
        """
        # onnx and torch take seconds to import; who draws by hand does without.
        from patholearn_lab.tracing.onnx.file import open_onnx
        from patholearn_lab.tracing.onnx.reader import read_program

        return cls._drawn(draw(read_program(open_onnx(path), Path(path).stem, shape), dataset))

    def save_weights(self, path: str | Path, lookup: DatasetLookup | None = None) -> Path:
        """Write the weights that it was drawn with to a file, and let the graph begin with them.

        The file's full path becomes the setting “Weights to begin with” of the output, as one undo step; the cell reads
        it with torch alone where it ends in ``.pt`` or ``.pth``, and with safetensors where it ends in
        ``.safetensors``. Layers that were changed begin at random, and the cell prints how many. Save once more after
        layers were renamed.

        Raises
        ------
        NotFoundError
            When it was not drawn from a network.
        CodeError
            When the graph has errors.
        InvalidInputError
            When the file ends otherwise.
        """
        if self.weights is None:
            raise NotFoundError(
                f"“{self.name}” was drawn by hand, so it has no weights yet.",
                "Begin with Architecture.from_module or from_onnx, or train it.",
            )
        cell = emit_cell(self.document, lookup or self.lookup, to_train=False)
        file = self.weights.save(path, cell.names)
        outputs = sorted((key for key, node in self.document.nodes.items() if _is_output(node.kind)), key=edge_order)
        self.apply([SetParams(id=outputs[0], params={"weights": str(file)})])
        return file

    @classmethod
    def _drawn(cls, drawing: Drawing) -> Self:
        drawn = cls(drawing.document, notes=drawing.notes)
        drawn.weights = drawing.weights
        return drawn


def _is_output(kind: str) -> bool:
    spec = spec_of(kind)
    return spec is not None and spec.role == "output"
