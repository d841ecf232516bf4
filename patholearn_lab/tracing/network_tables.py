"""The tables of whole networks (`graph/zoo/*.json`), measured on the libraries themselves.

    python -m patholearn_lab.tracing.network_tables torchvision

writes one anew, which is due after a release of the library. Tests measure a sample again, so that no table grows old
unnoticed.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from patholearn_lab.graph.zoo import LIBRARIES, Library, Network
from patholearn_lab.tracing.smp_table import smp_names, smp_rows
from patholearn_lab.tracing.timm_table import timm_names, timm_rows

if TYPE_CHECKING:
    from torch import nn

Rows: TypeAlias = Iterator[tuple[str, Network]]

REFERENCE = 224
"""The side of the image that costs are measured with, in pixels, where the library names no other."""
_AUXILIARY = {"googlenet": ("aux1", "aux2"), "inception_v3": ("AuxLogits",)}


def torchvision_names() -> list[str]:
    """Return the names of torchvision's classification models."""
    import torchvision

    return list(torchvision.models.list_models(module=torchvision.models))


def torchvision_rows(name: str, *, probed: bool = True) -> Rows:
    """Return what the table says about one of torchvision's classification models.

    The smallest side and the step are found by trying, which takes most of the time: only where `probed`.
    """
    from torchvision.models import get_model_weights

    versions = get_model_weights(name)
    usual = versions.DEFAULT
    weights = (usual.name, *(version.name for version in versions if version is not usual))
    network = _torchvision_network(name, REFERENCE, probed=probed)._replace(weights=weights)
    yield name, network
    for version in versions:
        side = version.meta["min_size"][0]
        # Weights of a network that takes one size only may be for another size.
        if not _takes_any_size(name) and side != network.height:
            other = _torchvision_network(name, side, probed=probed, image_size=side)
            yield f"{name}.{version.name}", other._replace(weights=weights)


def _torchvision_network(name: str, side: int, *, probed: bool, **settings: Any) -> Network:
    from torch import nn

    from patholearn_lab.tracing.measuring import calls_of, measure, sides

    module, path = _torchvision_module(name, **settings)
    head = module.get_submodule(path)
    assert isinstance(head, nn.Identity)
    with calls_of([head], inputs=True) as arriving:
        measured = measure(module, (3, side, side))
    least, step = sides(module, side) if probed else (side, 0)
    features = measured.output[0]
    return Network(
        features=features,
        parameters=measured.parameters,
        # What stands in for the last layer gives out what it gets.
        multiply_adds=measured.multiply_adds,
        activations=measured.activations - arriving[head],
        height=side,
        width=side,
        least=least,
        step=step,
        stem_parameters=0,
        stem_multiply_adds=0,
        encoder_parameters=measured.parameters,
        head=re.sub(r"\.(\d+)", r"[\1]", path),
        head_base=0,
        head_parameters=features + 1,
        head_multiply_adds=arriving[head],
        head_activations=arriving[head] // features,
        weights=(),
    )


def _takes_any_size(name: str) -> bool:
    return not name.startswith("vit_")


def _torchvision_module(name: str, **settings: Any) -> tuple[nn.Module, str]:
    """Return a model with nothing in the place of its last layer, and the path to that place."""
    from torch import nn
    from torchvision.models import get_model

    from patholearn_lab.tracing.measuring import on_meta

    if name in _AUXILIARY:
        settings |= {"init_weights": False}
    module = on_meta(lambda: get_model(name, **settings))
    for part in _AUXILIARY.get(name, ()):
        setattr(module, "aux_logits", False)  # noqa: B010  (a plain attribute, which mypy takes for a part)
        setattr(module, part, None)
    # SqueezeNet ends in a convolution, all others in a Linear.
    path = [key for key, part in module.named_modules() if isinstance(part, nn.Linear)][-1:] or ["classifier.1"]
    module.set_submodule(path[0], nn.Identity())
    return module, path[0]


TABLES: dict[Library, tuple[Callable[[], list[str]], Callable[[str], Rows]]] = {
    "torchvision": (torchvision_names, torchvision_rows),
    "timm": (timm_names, timm_rows),
    "smp": (smp_names, smp_rows),
}


def write_table(library: Library) -> Path:
    """Measure every network of a library, and write its table, one network a line."""
    names, rows = TABLES[library]
    lines = []
    every = names()
    for number, name in enumerate(every, 1):
        print(f"{number}/{len(every)} {name}", flush=True)
        lines += [f"{json.dumps(key)}: {json.dumps(list(network))}" for key, network in rows(name)]
    path = Path(str(files("patholearn_lab.graph.zoo"))) / f"{library}.json"
    columns = json.dumps(list(Network._fields))
    body = ",\n".join(lines)
    path.write_text(f'{{"columns": {columns}, "networks": {{\n{body}\n}}}}\n', encoding="utf-8")
    return path


def main() -> None:
    """Write the table of the library that the command line names."""
    parser = argparse.ArgumentParser(description="Measure every network of a library, and write its table.")
    parser.add_argument("library", choices=LIBRARIES)
    print(write_table(parser.parse_args().library))


if __name__ == "__main__":
    main()
