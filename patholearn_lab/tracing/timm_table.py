"""The table of timm: every network that gives a vector, and those of its weights that need another size of image."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

from patholearn_lab.graph.zoo import Network


def timm_names() -> list[str]:
    """Return the names of timm's networks, without versions of weights."""
    import timm

    return list(timm.list_models())


def timm_rows(name: str, *, probed: bool = True) -> Iterator[tuple[str, Network]]:
    """Return what the table says about a network; nothing where it gives no vector.

    The smallest side and the step are found by trying, which takes most of the time: only where `probed`.
    """
    from timm.models import get_pretrained_cfg, list_pretrained

    config: Any = get_pretrained_cfg(name, allow_unregistered=True)
    weights = tuple(version.partition(".")[2] for version in list_pretrained(f"{name}.*"))
    weights = tuple(sorted(weights, key=lambda version: version != config.tag))
    for key in (name, *(f"{name}.{version}" for version in weights[1:])):
        other: Any = get_pretrained_cfg(key, allow_unregistered=True)
        # A network for one size only is made for the size of its weights.
        if key == name or (other.fixed_input_size and other.input_size != config.input_size):
            network = timm_network(key, other, probed=probed)
            if network is not None:
                yield key, network._replace(weights=weights)


def timm_network(name: str, config: Any, *, probed: bool = True) -> Network | None:
    """Return the facts about one network, from itself and its configuration; None where it gives no vector."""
    import timm
    from torch import nn

    from patholearn_lab.tracing.measuring import calls_of, measure, on_meta, sides

    def parameters(**settings: Any) -> int:
        module = on_meta(lambda: timm.create_model(name, **settings))
        return sum(parameter.numel() for parameter in module.parameters())

    module = on_meta(lambda: timm.create_model(name, num_classes=0))
    stem = [part for part in module.modules() if isinstance(part, nn.Conv2d) and part.in_channels == 3]
    with calls_of(stem) as outputs:
        measured = measure(module, config.input_size)
    if len(measured.output) != 1:
        return None
    (features,) = measured.output
    _, height, width = config.input_size
    fixed = bool(config.fixed_input_size) or height != width
    least, step = sides(module, height) if probed and not fixed else (height, 0)
    two, three = parameters(num_classes=2), parameters(num_classes=3)
    per_class = three - two
    stem_parameters = sum(part.weight.numel() // 3 for part in stem if part.groups == 1)
    stem_products = sum(prod(part.kernel_size) * outputs.get(part, 0) for part in stem)
    return Network(
        features=features,
        parameters=measured.parameters,
        multiply_adds=measured.multiply_adds,
        activations=measured.activations,
        height=height,
        width=width,
        least=least,
        step=step,
        stem_parameters=stem_parameters,
        stem_multiply_adds=stem_products if stem_parameters else 0,
        encoder_parameters=measured.parameters,
        head="",
        head_base=two - measured.parameters - 2 * per_class,
        head_parameters=per_class,
        head_multiply_adds=per_class // features * features,
        head_activations=per_class // features,
        weights=(),
    )
