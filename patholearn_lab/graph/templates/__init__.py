"""Ready architectures to begin with, one module each."""

from __future__ import annotations

from patholearn_lab.errors import TemplateNotFoundError
from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.inputs import DatasetLookup
from patholearn_lab.graph.templates import (
    alexnet,
    autoencoder,
    empty,
    image_and_table,
    inception,
    lenet5,
    mlp,
    mnist_thesis,
    mobilenet,
    resnet18,
    small_cnn,
    unet,
    vgg11,
    vit,
)
from patholearn_lab.graph.templates.template import Template, TemplateCard
from patholearn_lab.registry import Registry

__all__ = ["TemplateCard", "template", "templates"]

_templates: Registry[Template] = Registry("template", entry_point_group="patholearn_lab.templates")
for _module in (
    empty,
    small_cnn,
    lenet5,
    mnist_thesis,
    mlp,
    image_and_table,
    alexnet,
    vgg11,
    inception,
    resnet18,
    mobilenet,
    vit,
    unet,
    autoencoder,
):
    _templates.register(_module.TEMPLATE.name, _module.TEMPLATE)


def templates() -> list[TemplateCard]:
    """Return what there is to choose from."""
    return [template.card for template in _offered().values()]


def _offered() -> dict[str, Template]:
    """Return the templates whose kinds there are, by name."""
    return {template.name: template for template in _templates.values() if set(template.needs) <= set(catalog)}


def template(name: str, dataset: str | None = None, lookup: DatasetLookup | None = None) -> Document:
    """Return a new graph made from a template.

    Parameters
    ----------
    name
        One of :func:`templates`.
    dataset
        The id of the data set that feeds it; empty where the person shall choose.
    lookup
        Finds the data set, so that the last layer gets its number of classes, and the network fits the size and the
        number of its images. Without it the template is as its source describes it.

    Raises
    ------
    TemplateNotFoundError
        When there is no such template.
    """
    offered = _offered()
    if name not in offered:
        raise TemplateNotFoundError(
            f"There is no template called {name!r}.",
            f"Choose one of: {', '.join(offered)}.",
            name=name,
        )
    return offered[name].document(dataset or "", lookup(dataset) if lookup and dataset else None)
