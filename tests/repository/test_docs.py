"""Documentation names only what exists, and every setting, error and address is documented."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
from repository.documents import links, missing, python_blocks, texts
from repository.project import PACKAGE, ROOT, files

import patholearn_lab
from patholearn_lab import errors
from patholearn_lab.errors import PathoLearnError

PUBLIC_NAME = r"\blab\.([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)"
CLIENT_CALL = r"\b(?:client|lab\.connect\(\))\.((?:datasets|architectures|jobs|models|events)\.\w+)"
MAKE_TARGET = r"(?:^|\s)make ([a-z][a-z-]*)"
FILE = (
    r"(?:^|[\s'\"(])((?:patholearn_lab|labextension|notebooks|kernels|binder|tests|docs|jupyter-config|scripts|\.ci)"
    r"/[\w./-]*|(?:README|CONTRIBUTING|CHANGELOG)\.md|pyproject\.toml|constraints\.txt|install\.json|Makefile)"
)
# Built, not tracked: the labextension and the widgets' code.
BUILT = ("patholearn_lab/labextension", "patholearn_lab/widgets/static")
# What the contributors' pages call by its place in the source, without the package's name.
INNER = r"^((?:graph|codegen|datasets|jobs|cluster|training|serving|services|client|server|widgets|cli)/[\w./-]+\.py)$"


def is_public(dotted: str) -> bool:
    thing: object = patholearn_lab
    for name in dotted.split("."):
        if not hasattr(thing, name):
            return False
        thing = getattr(thing, name)
    return dotted.partition(".")[0] in patholearn_lab.__all__


def is_client_call(dotted: str) -> bool:
    interface = importlib.import_module("patholearn_lab.client.interface")
    group, _, name = dotted.partition(".")
    return hasattr(getattr(interface, group.capitalize()), name)


def is_target(name: str) -> bool:
    return re.search(rf"^{re.escape(name)}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE) is not None


def is_file(name: str) -> bool:
    path = name.rstrip("/.")
    return path.startswith(BUILT) or (ROOT / path).exists()


def is_inner_file(name: str) -> bool:
    return (PACKAGE / name).is_file()


NAMES = {
    "public name": (PUBLIC_NAME, is_public, "`lab.Nonsense`"),
    "client call": (CLIENT_CALL, is_client_call, "`client.datasets.nonsense(1)`"),
    "make target": (MAKE_TARGET, is_target, "```bash\nmake nonsense\n```"),
    "file": (FILE, is_file, "`docs/nonsense.md`"),
    "file of the package": (INNER, is_inner_file, "`graph/nonsense.py`"),
}


@pytest.mark.parametrize("what", NAMES)
def test_documentation_names_only_what_exists(what: str) -> None:
    pattern, exists, _ = NAMES[what]
    assert missing(pattern, exists) == []


@pytest.mark.parametrize("what", NAMES)
def test_a_name_that_does_not_exist_is_found(what: str) -> None:
    pattern, exists, example = NAMES[what]
    assert len(missing(pattern, exists, {Path("page.md"): example})) == 1


@pytest.mark.parametrize("page", [page for page in texts() if page.suffix == ".md"], ids=str)
def test_links_within_the_project_lead_somewhere(page: Path) -> None:
    broken = [target for target in links(texts()[page]) if not (ROOT / page.parent / target).exists()]
    assert broken == []


def test_a_broken_link_is_found() -> None:
    assert list(links("[a](b.md) [c](https://example.org) `[d](e.md)` [f](#g) ![h](i.png#j)")) == ["b.md", "i.png"]


# The contributors' pages sketch: there, three dots stand for what is left out.
COMPLETE = [page for page in texts() if page.parts[:2] != ("docs", "contributors")]


@pytest.mark.parametrize("page", COMPLETE, ids=str)
def test_python_in_documentation_is_python(page: Path) -> None:
    for block in python_blocks(texts()[page]):
        compile(block, str(page), "exec")


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, PathoLearnError) and not name.startswith("_")
    ],
)
def test_every_error_is_documented_with_its_code(name: str) -> None:
    page = texts()[Path("docs/reference/errors.md")]
    assert f"| `{name}` | `{getattr(errors, name)('').code}` |" in page


def test_every_error_in_documentation_exists() -> None:
    assert missing(r"^([A-Z]\w+Error)$", lambda name: hasattr(errors, name) or name == "ImportError") == []


def test_every_public_name_is_documented() -> None:
    page = texts()[Path("docs/reference/python.md")]
    assert [name for name in patholearn_lab.__all__ if f"`lab.{name}`" not in page and name != "__version__"] == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set[Path](), [Path("README.md")]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        targets = {(ROOT / page.parent / target).resolve() for target in links(texts().get(page, ""))}
        found = {target.relative_to(ROOT) for target in targets if target.is_relative_to(ROOT)}
        waiting += [target for target in found - reached if target.suffix == ".md"]
    pages = {file for file in files(".md") if file.parts[0] == "docs"}
    assert pages - reached == set()
