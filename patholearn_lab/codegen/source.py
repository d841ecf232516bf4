"""Lines of Python, formatted as ruff and black would, with a note of which node wrote which."""

from __future__ import annotations

from math import isfinite
from typing import Any

from patholearn_lab.graph.quantities import NAMED
from patholearn_lab.graph.spec import Code

WIDTH = 88
"""The usual width. Whatever is longer is split, and the comma behind the last part keeps it split at any width."""


class Source:
    """Code that grows line by line."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self.marks: dict[str, tuple[int, int]] = {}

    def add(self, *lines: str, node: str | None = None) -> None:
        """Append lines, for which `node` is responsible."""
        first = len(self._lines) + 1
        self._lines += lines
        if node is not None:
            start = self.marks[node][0] if node in self.marks else first
            self.marks[node] = (start, len(self._lines))

    def text(self) -> str:
        """Return the code."""
        return "\n".join(self._lines) + "\n"


def literal(value: Any) -> str:
    """Return a number, text, truth value or dictionary as Python."""
    if isinstance(value, Code):
        return value
    if isinstance(value, str) and not isinstance(value, NAMED):
        text = repr(value)
        return text if '"' in value else f'"{text[1:-1]}"'.replace("\\'", "'")
    if isinstance(value, float) and not isfinite(value):
        return f'float("{value}")'
    if isinstance(value, dict):
        return f"{{{', '.join(f'{literal(key)}: {literal(item)}' for key, item in value.items())}}}"
    return repr(value)


def assignment(indent: int, target: str, function: str, arguments: list[str], comment: str = "") -> list[str]:
    """Return ``target = function(arguments)  # comment``, on several lines where one does not hold it."""
    return split(f"{' ' * indent}{target} = {function}(", arguments, ")", comment)


def split(opening: str, parts: list[str], closing: str, comment: str = "") -> list[str]:
    """Return ``opening part, part closing`` in one line, or one part a line."""
    line = f"{opening}{', '.join(parts)}{closing}"
    if len(line) <= WIDTH:
        return [with_comment(line, comment)]
    indent = len(opening) - len(opening.lstrip())
    inner: list[str] = []
    for part in parts:
        if part.startswith("[") and len(part) + indent + 5 > WIDTH:
            inner += split(f"{' ' * (indent + 4)}[", part[1:-1].split(", "), "],")
        else:
            inner.append(f"{' ' * (indent + 4)}{part},")
    return [opening, *inner, f"{' ' * indent}{closing}"]


def operation(indent: int, target: str, sign: str, terms: list[str], comment: str = "") -> list[str]:
    """Return ``target = term + term``, on several lines where one does not hold it."""
    pad = " " * indent
    line = f"{pad}{target} = {f' {sign} '.join(terms)}"
    if len(line) <= WIDTH:
        return [with_comment(line, comment)]
    first, *others = terms
    return [f"{pad}{target} = (", f"{pad}    {first}", *(f"{pad}    {sign} {term}" for term in others), f"{pad})"]


def sum_of_calls(indent: int, target: str, calls: list[tuple[str, list[str]]]) -> list[str]:
    """Return ``target = function(arguments) + function(arguments)``, one call after the other where a line is short."""
    pad = " " * indent
    line = f"{pad}{target} = " + " + ".join(f"{function}({', '.join(arguments)})" for function, arguments in calls)
    if len(line) <= WIDTH:
        return [line]
    return [
        text
        for place, (function, arguments) in enumerate(calls)
        for text in split(f"{pad}{target} {'+=' if place else '='} {function}(", arguments, ")")
    ]


def with_comment(line: str, comment: str) -> str:
    """Return the line with a comment behind it, where there is room for one."""
    commented = f"{line}  # {comment}"
    return commented if comment and len(commented) <= WIDTH else line
