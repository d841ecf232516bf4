"""All kinds of nodes, and the catalogue that the editor's palette and inspector are made of."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, Field

from patholearn_lab.graph.nodes import (
    activations,
    attention,
    convolution,
    dropout,
    ends,
    linear,
    merging,
    metrics,
    networks,
    normalization,
    outputs,
    own,
    pooling,
    recurrent,
    resizing,
    sequences,
    shaping,
)
from patholearn_lab.graph.spec import Category, NodeSpec, Param, Port
from patholearn_lab.registry import Registry

CATALOG_VERSION = 1
CATEGORIES: tuple[Category, ...] = get_args(Category)
"""In the palette's order."""

catalog: Registry[NodeSpec] = Registry("kind of node", entry_point_group="patholearn_lab.nodes")
"""Every kind by its name, those of other packages included."""

_FAMILIES = (
    ends,
    outputs,
    metrics,
    convolution,
    linear,
    resizing,
    pooling,
    normalization,
    dropout,
    activations,
    shaping,
    merging,
    sequences,
    attention,
    recurrent,
    own,
    networks,
)
for _family in _FAMILIES:
    for _spec in _family.SPECS:
        catalog.register(_spec.kind, _spec)


class KindCard(BaseModel):
    """What the editor knows about a kind."""

    model_config = ConfigDict(frozen=True)

    kind: str
    label: str
    category: Category
    summary: str
    stem: str
    unique: bool
    basic: bool
    first_plain: bool
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    params: tuple[Param, ...]
    help: str
    torch: str


class Catalog(BaseModel):
    """The whole catalogue as it travels to the browser."""

    model_config = ConfigDict(frozen=True, serialize_by_alias=True)

    schema_version: int = Field(alias="schemaVersion")
    categories: tuple[Category, ...]
    kinds: dict[str, KindCard]


def spec_of(kind: str) -> NodeSpec | None:
    """Return the declaration of a kind, or None where there is no such kind."""
    return catalog[kind] if kind in catalog else None  # noqa: SIM401  (a Registry has no get)


def catalog_json() -> dict[str, Any]:
    """Return the catalogue as JSON-serializable data: categories, and every kind with its help page."""
    kinds = {kind: _card(catalog[kind]) for kind in catalog}
    return Catalog(schemaVersion=CATALOG_VERSION, categories=CATEGORIES, kinds=kinds).model_dump(mode="json")


def help_page(kind: str) -> tuple[dict[str, str], str]:
    """Return a kind's help page as its front matter and its Markdown; both are empty where nobody has written it."""
    page = files("patholearn_lab.graph") / "help" / f"{kind}.md"
    return _split_front_matter(page.read_text(encoding="utf-8")) if page.is_file() else ({}, "")


def _split_front_matter(text: str) -> tuple[dict[str, str], str]:
    if not text.startswith("---\n"):
        return {}, text
    head, _, body = text[4:].partition("\n---\n")
    pairs = (line.partition(":") for line in head.splitlines() if ":" in line)
    return {key.strip(): value.strip().strip("\"'") for key, _, value in pairs}, body.strip() + "\n"


@cache
def _card(spec: NodeSpec) -> KindCard:
    front, text = help_page(spec.kind)
    return KindCard(
        kind=spec.kind,
        label=spec.label,
        category=spec.category,
        summary=spec.summary,
        stem=spec.stem,
        unique=spec.unique,
        basic=spec.basic,
        first_plain=spec.first_plain,
        inputs=spec.inputs,
        outputs=spec.outputs,
        params=spec.params,
        help=text or spec.help,
        torch=front.get("torch", ""),
    )
