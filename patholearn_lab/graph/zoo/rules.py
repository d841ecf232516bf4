"""Shapes and costs of whole networks, from their tables.

Parameters are exact. Multiply-adds and activations are exact for the size of image that the table was measured with;
for other sizes they are scaled with the area, which is what convolutions do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import prod

from patholearn_lab.graph.calls import size_text
from patholearn_lab.graph.cost import FLOAT_BYTES
from patholearn_lab.graph.document import ParamValue
from patholearn_lab.graph.shapes import ShapeProblem, show
from patholearn_lab.graph.spec import Outcome, Shape, Values, Window
from patholearn_lab.graph.zoo import Library, Network, close_to, find

FILES = (".pt", ".pth", ".safetensors")


def is_file(weights: str) -> bool:
    """Return whether the setting of weights names a file, not a version."""
    return weights.endswith(FILES)


@dataclass(frozen=True)
class Rules:
    """The rules of the kind of one library.

    Parameters
    ----------
    library, called
        Its table, and what people call it.
    name
        The name of a node's network in the table.
    param
        The parameter that holds the name.
    gives_images
        Whether an image comes out, one channel a class, as large as the input; a vector if not.
    usual
        What stands for the usual version of the weights; empty where the library has no word for it.
    """

    library: Library
    called: str
    param: str
    name: Callable[[Values], str]
    gives_images: bool
    usual: str = "DEFAULT"

    def known(self, values: Values) -> Network | None:
        """Return what is known about a node's network."""
        return find(self.library, self.name(values), values["weights"])

    def network(self, values: Values) -> Network:
        """Return what is known about a node's network.

        Raises
        ------
        ShapeProblem
            When the library has no network of that name, or the network no such weights.
        """
        name, weights = self.name(values), values["weights"]
        network = self.known(values)
        if network is None:
            raise self._unknown(name, values)
        if not weights or is_file(weights) or weights in network.weights or (weights == self.usual and network.weights):
            return network
        listed = ", ".join(network.weights) or "none"
        raise ShapeProblem(
            "unknown_weights",
            f"{name} has no pre-trained weights called {weights!r}. Those that it has: {listed}. "
            f"A file of weights ends in {', '.join(FILES)}.",
            {"weights": (self.usual or network.weights[0]) if network.weights else None},
            "Take the usual weights" if network.weights else "Begin with random weights",
        )

    def fitted(self, values: Values, inputs: tuple[Shape, ...]) -> Network:
        """Return the network of a node, which takes the image that comes in.

        Raises
        ------
        ShapeProblem
            As `network`, and when it takes no such image; the mend puts a node in front that makes it fit.
        """
        network = self.network(values)
        channels, height, width = inputs[0]
        name = self.name(values)
        if channels != 3 and not network.stem_parameters:
            raise ShapeProblem(
                "wrong_channels",
                f"{name} takes images of 3 channels, but {channels} come in.",
                {"out_channels": 3, "kernel_size": 1},
                "Insert a 1 × 1 convolution to 3 channels",
                before="conv2d",
            )
        if not network.takes(height, width):
            raise self._wrong_size(name, network, height, width)
        return network

    def outcome(self, values: Values, inputs: tuple[Shape, ...], _windows: tuple[Window | None, ...]) -> Outcome:
        """A vector of the network's features or of one score a class, or an image of one channel a class; its cost."""
        network = self.fitted(values, inputs)
        channels, height, width = inputs[0]
        classes = values["classes"] or 0
        frozen = network.encoder_parameters * bool(values["frozen"])
        more = channels - 3
        scale = Fraction(height * width, network.height * network.width)
        # The last layer of a network that gives a vector gets as many values for any image.
        head_scale = scale if self.gives_images else 1
        output = (classes, height, width) if self.gives_images else (classes or network.features,)
        activations = network.activations * scale + classes * network.head_activations * head_scale
        return Outcome(
            outputs=(output,),
            windows=(None,),
            parameters=network.parameters
            + more * network.stem_parameters
            + (network.head_base + classes * network.head_parameters if classes else 0),
            multiply_adds=int(
                (network.multiply_adds + more * network.stem_multiply_adds) * scale
                + classes * network.head_multiply_adds * head_scale
            ),
            memory_bytes=FLOAT_BYTES * max(int(activations), prod(output)),
            frozen_parameters=frozen + more * network.stem_parameters * bool(frozen),
        )

    def _unknown(self, name: str, values: Values) -> ShapeProblem:
        base, _, version = name.partition(".")
        message = f"{self.called} has no network called {name!r}."
        if version and find(self.library, base) is not None:
            params: dict[str, ParamValue] = {self.param: base, "weights": values["weights"] or version}
            return ShapeProblem(
                "unknown_network", f"{message} {version!r} is a version of its weights.", params, f"Take {base}"
            )
        family = name[: name.find("/") + 1]
        close = [other.removeprefix(family) for other in close_to(self.library, name) if other.startswith(family)]
        if not close:
            return ShapeProblem("unknown_network", message)
        return ShapeProblem(
            "unknown_network",
            f"{message} Similar names: {', '.join(close)}.",
            {self.param: close[0]},
            f"Take {close[0]}",
        )

    @staticmethod
    def _wrong_size(name: str, network: Network, height: int, width: int) -> ShapeProblem:
        fitting = network.fitting(height, width)
        if not network.step:
            rule = f"images of exactly {show(fitting)} pixels"
        elif min(height, width) < network.least:
            rule = f"images of {network.least} pixels a side or more"
        else:
            rule = f"images whose sides are multiples of {network.step}"
        return ShapeProblem(
            "wrong_image_size",
            f"{name} takes {rule}, but {show((height, width))} come in. The next size that fits is {show(fitting)}.",
            {"size": size_text(fitting), "mode": "bilinear"},
            f"Resize the image to {show(fitting)} first",
            before="upsample",
        )
