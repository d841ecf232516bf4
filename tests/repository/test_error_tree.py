"""The tree in the docstring of errors.py is the tree of its classes."""

from __future__ import annotations

import re

from patholearn_lab import errors
from patholearn_lab.errors import PathoLearnError


def drawn_tree(text: str) -> dict[str, str | None]:
    """Return each class of a drawn tree with the class that it hangs from."""
    parents: dict[str, str | None] = {}
    line_of: list[tuple[int, str]] = []
    for row in re.findall(r"^    [│ ├└─]*[A-Z]\w+Error\b.*$", text, flags=re.MULTILINE):
        name = re.search(r"[A-Z]\w+", row)
        assert name is not None
        while line_of and line_of[-1][0] >= name.start():
            line_of.pop()
        parents[name.group()] = line_of[-1][1] if line_of else None
        line_of.append((name.start(), name.group()))
    return parents


def real_tree() -> dict[str, str | None]:
    return {
        cls.__name__: cls.__base__.__name__ if cls is not PathoLearnError and cls.__base__ else None
        for cls in vars(errors).values()
        if isinstance(cls, type) and issubclass(cls, PathoLearnError)
    }


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes() -> None:
    assert drawn_tree(errors.__doc__ or "") == real_tree()


def test_a_class_hung_from_another_branch_is_found() -> None:
    text = (errors.__doc__ or "").replace("│   ├── ArchiveError", "├── ArchiveError    ")
    assert drawn_tree(text) != real_tree()


def test_every_error_says_in_one_line_what_it_is() -> None:
    silent = [name for name in real_tree() if not (getattr(errors, name).__doc__ or "").strip()]
    assert silent == []
