"""Every kind of node has a help page that teaches: a formula, numbers, what to choose, and torch's documentation."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlparse

import pytest
from repository.project import PACKAGE, ROOT

from patholearn_lab.graph.catalog import catalog, help_page
from patholearn_lab.graph.spec import NodeSpec

FOLDER = PACKAGE / "graph" / "help"
# Sites that describe what the code calls. torchmetrics is part of lightning's documentation.
SITES = {"docs.pytorch.org", "lightning.ai", "huggingface.co", "smp.readthedocs.io"}
# Of whole networks: one page for all of a library.
NETWORK_SITES = {"huggingface.co", "smp.readthedocs.io"}
# What a student's eye needs, in this order.
SECTIONS = ["Formula", "Example", "What to choose", "What if …"]


def shortcomings(kind: str, front: dict[str, str], text: str) -> list[str]:
    """Return what a help page lacks."""
    found = []
    spec = catalog[kind]
    if front.get("title") != spec.label:
        found.append(f"its title is {front.get('title')!r}, the kind is called {spec.label!r}")
    address = urlparse(front.get("torch", ""))
    if address.scheme != "https" or address.netloc not in SITES:
        found.append(f"no link to the documentation: {front.get('torch')!r}")
    elif address.netloc not in NETWORK_SITES and not _calls_what_it_links(spec, address.path):
        found.append(f"the link leads to {address.path}, the code calls {spec.target}")
    if not re.search(r"\$\$.+?\$\$", text, flags=re.DOTALL):
        found.append("no formula")
    if "```" not in text and "|---|" not in text and "<svg" not in text:
        found.append("no example with numbers, and no picture")
    headings = re.findall(r"^## (.+)$", text, flags=re.MULTILINE)
    if [heading for heading in headings if heading in SECTIONS] != SECTIONS:
        found.append(f"sections are {headings}")
    words = len(text.split())
    if not 150 <= words <= 400:
        found.append(f"{words} words")
    if text.count("$") % 2:
        found.append("a formula is not closed")
    return found


def _calls_what_it_links(spec: NodeSpec, page: str) -> bool:
    """Return whether a page is that of what the code calls; a class that torch lacks, or one of many, has none."""
    return (
        not spec.target or spec.source != "" or "{" in spec.target or _called(Path(page).stem) == _called(spec.target)
    )


def _called(dotted: str) -> str:
    """Return a name without its module: nn.MaxPool2d and F.max_pool2d are one and the same."""
    return dotted.rpartition(".")[2].replace("_", "").lower()


@pytest.mark.parametrize("kind", list(catalog))
def test_a_kind_has_a_help_page_that_lacks_nothing(kind: str) -> None:
    front, text = help_page(kind)
    assert shortcomings(kind, front, text) == []


def test_no_help_page_is_left_without_its_kind() -> None:
    assert {page.stem for page in FOLDER.glob("*.md")} == set(catalog)


def test_a_poor_help_page_is_found() -> None:
    assert len(shortcomings("conv2d", {}, "Slides filters.")) == 6
    front, text = help_page("conv2d")
    assert shortcomings("linear", front, text) != []


def test_help_pages_hold_nothing_that_a_browser_would_run() -> None:
    dangerous = re.compile(r"<script|javascript:|\son\w+\s*=|<iframe|<style", re.IGNORECASE)
    assert [page.name for page in FOLDER.glob("*.md") if dangerous.search(page.read_text(encoding="utf-8"))] == []
    assert dangerous.search('<img onerror="x">')


@pytest.mark.parametrize("page", sorted(FOLDER.glob("*.md")), ids=lambda page: page.stem)
def test_other_kinds_are_called_by_their_labels(page: Path) -> None:
    labels = {catalog[kind].label for kind in catalog}
    pointers = re.findall(
        r"[Tt]ake \*([A-Z][^*]+)\*|[Tt]ry \*([A-Z][^*]+)\*|with \*([A-Z][^*]+)\*", page.read_text("utf-8")
    )
    named = {name.replace("\n  ", " ") for pointer in pointers for name in pointer if name}
    assert named <= labels | {"Keep the size"}, f"{page.relative_to(ROOT)} names {named - labels}"
