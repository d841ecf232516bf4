"""What documentation says: its texts, and the names of things in them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from repository.project import ROOT, files

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")


@cache
def texts() -> dict[Path, str]:
    """Return every page and notebook that people read, by its path."""
    pages = [file for file in files(".md") if file.parts[0] in {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs"}]
    found = {page: (ROOT / page).read_text(encoding="utf-8") for page in pages}
    for notebook in (file for file in files(".ipynb") if file.parts[0] == "notebooks"):
        found[notebook] = notebook_text(json.loads((ROOT / notebook).read_text(encoding="utf-8")))
    return found


def notebook_text(notebook: dict[str, object]) -> str:
    """Return a notebook as Markdown: its code cells become fenced blocks."""
    cells = notebook["cells"]
    assert isinstance(cells, list)
    sources = [("".join(cell["source"]), cell["cell_type"] == "code") for cell in cells]
    return "\n\n".join(f"```python\n{source}\n```" if code else source for source, code in sources)


def code_of(text: str) -> list[str]:
    """Return what stands in code: lines of fenced blocks, and spans between backticks."""
    lines = [line for _, block in _FENCE.findall(text) for line in block.splitlines()]
    return lines + _SPAN.findall(_FENCE.sub("", text))


def python_blocks(text: str) -> list[str]:
    """Return the fenced blocks of Python."""
    return [block for language, block in _FENCE.findall(text) if language == "python"]


def matches(pattern: str, text: str) -> list[str]:
    """Return what the first group of `pattern` finds in the code of a text."""
    return [match.group(1) for code in code_of(text) for match in re.finditer(pattern, code)]


def missing(pattern: str, exists: Callable[[str], bool], pages: dict[Path, str] | None = None) -> list[str]:
    """Return ``page: name`` for each name that documentation uses and that does not exist."""
    return [
        f"{page}: {name}"
        for page, text in (texts() if pages is None else pages).items()
        for name in matches(pattern, text)
        if not exists(name)
    ]


def links(text: str) -> Iterator[str]:
    """Yield the relative links of a page, without their anchors."""
    for target in re.findall(r"\]\(([^)\s]+)\)", _SPAN.sub("", _FENCE.sub("", text))):
        if not re.match(r"[a-z]+:|#", target):
            yield target.partition("#")[0]
