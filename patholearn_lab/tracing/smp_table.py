"""The table of segmentation-models-pytorch: every architecture with every encoder of its own, ``Unet/resnet34``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from math import prod
from typing import TYPE_CHECKING, Any

from patholearn_lab.graph.zoo import Network

if TYPE_CHECKING:
    from torch import nn

REFERENCE = 256
"""The side of the image that costs are measured with, in pixels."""
_TIMM_ENCODERS = tuple(f"tu-vit_{size}_patch16_224" for size in ("tiny", "small", "base", "large"))
"""What DPT takes: encoders of timm that keep their patches apart. They take images of one size."""
_FIXED_SIDE = 224
_LEAST = {"PAN": 128}
"""The smallest side where it is more than 32."""


def smp_names() -> list[str]:
    """Return the names of all pairs that the library can make."""
    from segmentation_models_pytorch.encoders import encoders

    return [
        f"{architecture}/{encoder}"
        for architecture in sorted(_architectures())
        for encoder in (_TIMM_ENCODERS if architecture == "DPT" else encoders)
        if made(architecture, encoder) is not None
    ]


def smp_rows(name: str) -> Iterator[tuple[str, Network]]:
    """Return what the table says about an architecture with an encoder."""
    yield name, smp_network(name)


def smp_network(name: str) -> Network:
    """Return what the table says about an architecture with an encoder."""
    from segmentation_models_pytorch.encoders import encoders
    from torch import nn

    from patholearn_lab.tracing.measuring import calls_of, measure

    architecture, _, encoder = name.partition("/")
    module: Any = made(architecture, encoder)
    assert module is not None, f"the library does not make {name}"
    side = _FIXED_SIDE if encoder in _TIMM_ENCODERS else REFERENCE
    stem = [part for part in module.modules() if isinstance(part, nn.Conv2d) and part.in_channels == 3]
    head = [part for part in module.segmentation_head.modules() if not list(part.children())]
    last = max(index for index, part in enumerate(head) if isinstance(part, nn.Conv2d))
    with calls_of([*stem, *head[last:]]) as outputs:
        measured = measure(module, (3, side, side))
    stem_parameters = sum(part.weight.numel() // 3 for part in stem) * _takes_channels(encoder)
    head_weights = prod(head[last].weight.shape)
    places = outputs[head[last]]
    # What comes behind the last convolution only enlarges the image of the one class.
    head_activations = sum(outputs.get(part, 0) for part in head[last:])
    settings: Any = encoders[encoder]["pretrained_settings"] if encoder in encoders else ("imagenet",)
    return Network(
        features=head[last].in_channels,
        parameters=measured.parameters - head_weights - 1,
        multiply_adds=measured.multiply_adds - head_weights * places,
        activations=measured.activations - head_activations,
        height=side,
        width=side,
        least=_LEAST.get(architecture, 32),
        step=0 if side == _FIXED_SIDE else module.encoder.output_stride if module.requires_divisible_input_shape else 1,
        stem_parameters=stem_parameters,
        stem_multiply_adds=sum(prod(part.kernel_size) * outputs[part] for part in stem) if stem_parameters else 0,
        encoder_parameters=sum(parameter.numel() for parameter in module.encoder.parameters()),
        head="",
        head_base=0,
        head_parameters=head_weights + 1,
        head_multiply_adds=head_weights * places,
        head_activations=head_activations,
        weights=tuple(settings),
    )


def made(architecture: str, encoder: str) -> nn.Module | None:
    """Return a pair on the meta device, for one class; None where the library does not make it."""
    from patholearn_lab.tracing.measuring import on_meta

    make = _architectures()[architecture]
    try:
        return on_meta(lambda: make(encoder, encoder_weights=None, classes=1))
    except ValueError:
        return None


@cache
def _takes_channels(encoder: str) -> bool:
    """Return whether an encoder can be made for other images than those of three channels."""
    from segmentation_models_pytorch.encoders import get_encoder

    from patholearn_lab.tracing.measuring import on_meta

    if encoder in _TIMM_ENCODERS:
        return True
    try:
        on_meta(lambda: get_encoder(encoder, in_channels=4, weights=None))
    except ValueError:
        return False
    return True


def _architectures() -> dict[str, Any]:
    import segmentation_models_pytorch as smp

    named = {name: getattr(smp, name) for name in dir(smp) if not name.startswith("_")}
    return {
        name: made
        for name, made in named.items()
        if isinstance(made, type) and issubclass(made, smp.base.SegmentationModel) and made.__name__ == name
    }
