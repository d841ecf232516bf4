"""From a network to its drawing, to code, and back to a network with the same weights."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

import patholearn_lab as lab
from patholearn_lab.codegen.cell import EmittedCell
from patholearn_lab.codegen.lightning import emit_cell
from patholearn_lab.graph.inputs import DatasetLookup, DatasetShape

SET = "traced"
TOLERANCE = 1e-5


@dataclass(frozen=True)
class RoundTrip:
    """How far the network that was emitted is from the one that was drawn, for the same images and weights.

    Parameters
    ----------
    difference
        Between the two networks, at most.
    largest
        The largest value that the original gives.
    spread
        How far two images are apart in what it gives: a difference has to be far below.
    """

    name: str
    difference: float = float("inf")
    largest: float = 0.0
    spread: float = 0.0
    nodes: int = 0
    blocks: tuple[str, ...] = ()
    problem: str = ""

    @property
    def equal(self) -> bool:
        """Whether the two give the same, but for rounding."""
        return self.spread > 0 and self.difference <= min(TOLERANCE * self.largest, 0.01 * self.spread)


def lookup_for(shape: tuple[int, ...], classes: int) -> DatasetLookup:
    """Return a lookup of one data set that fits a network."""
    channels, height, width = shape
    names = tuple(f"class {number}" for number in range(classes))
    found = DatasetShape(SET, "Traced", "classification", channels, height, width, names, 1_000_000)
    return lambda name: found if name == SET else None


def executed(cell: EmittedCell) -> nn.Module:
    """Run a cell and return its network in eval mode."""
    file = f"<cell {cell.hash}>"
    linecache.cache[file] = (len(cell.code), None, cell.code.splitlines(keepends=True), file)
    space: dict[str, Any] = {"__name__": "cell"}
    exec(compile(cell.code, file, "exec"), space)
    network = space["model"]
    assert isinstance(network, nn.Module)
    return network.eval()


def emitted_again(architecture: lab.Architecture, shape: tuple[int, ...], classes: int) -> nn.Module:
    """Return the network of the drawing's code, with the drawing's weights."""
    assert architecture.weights is not None
    cell = emit_cell(architecture.document, lookup_for(shape, classes))
    network = executed(cell)
    network.load_state_dict(architecture.weights.state_dict(cell.names), strict=True)
    return network


def round_trip(name: str, module: nn.Module, images: torch.Tensor) -> RoundTrip:
    """Draw a module, emit the drawing, run the code with the same weights, and compare the two."""
    module.eval()
    with torch.no_grad():
        expected = module(images)
        architecture = lab.Architecture.from_module(module, images, dataset=SET)
        again = emitted_again(architecture, tuple(images.shape[1:]), expected.shape[1])(images)
    return RoundTrip(
        name,
        difference=float((again - expected).abs().max()),
        largest=float(expected.abs().max()),
        spread=float((expected[0] - expected[1]).abs().max()),
        nodes=len(architecture.document.nodes),
        blocks=tuple(block.label for block in architecture.document.blocks.values()),
    )


def zoo() -> Iterator[str]:
    """Yield the names of all of torchvision's classification models."""
    import torchvision

    yield from torchvision.models.list_models(module=torchvision.models)


def zoo_round_trip(name: str) -> RoundTrip:
    """Do the round trip with a model of torchvision with random weights, on images as small as it takes them."""
    import torchvision

    # Its slow way of drawing random weights takes minutes, and random they are without it.
    slow = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    # In training its second head wants images of 299 pixels; a trained network is used without it.
    slow |= {"aux_logits": False} if name == "inception_v3" else {}
    small = {"image_size": 64} if name.startswith("vit_") and not name.endswith("14") else {}
    side = _SIDES.get(name, 64)
    return _try(name, lambda: torchvision.models.get_model(name, weights=None, **slow, **small), side)


def timm_round_trip(name: str, side: int) -> RoundTrip:
    """Do the round trip with a model of timm with random weights, on square images of that side."""
    import timm

    return _try(name, lambda: timm.create_model(name, num_classes=10), side)


def _try(name: str, make: Callable[[], nn.Module], side: int) -> RoundTrip:
    """Make a model with random weights that leave nothing out, and do the round trip."""
    torch.manual_seed(0)
    try:
        module = make()
        for parameter in module.parameters():
            # A head that begins with zeros would give zeros, whatever comes before it.
            if not parameter.detach().any():
                nn.init.normal_(parameter, std=0.1)
        images = torch.randn(2, 3, side, side)
        settle(module, images)
        return round_trip(name, module, images)
    except Exception as error:
        return RoundTrip(name, problem=f"{type(error).__name__}: {error}")


def settle(module: nn.Module, images: torch.Tensor) -> None:
    """Let the batch norms measure one batch, so that what an untrained network gives depends on the image at all."""
    norms = [layer for layer in module.modules() if isinstance(layer, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = None
    if norms:
        with torch.no_grad():
            module.train()(images)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum


_SIDES = {"inception_v3": 96, "vit_h_14": 224, "maxvit_t": 224}
