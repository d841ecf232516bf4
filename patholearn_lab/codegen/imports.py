"""The import statements of a cell, sorted as ruff and isort would, and what they let names be shortened to."""

from __future__ import annotations

import sys
from collections.abc import Iterable

_ALWAYS = (("torch.nn.functional.", "F."), ("torch.nn.", "nn."))
"""What every cell calls torch's modules."""


def import_lines(statements: Iterable[str]) -> list[str]:
    """Return the import statements in order: Python's own modules first, then a blank line and all others."""
    ordered = sorted(set(statements), key=lambda line: (line.startswith("from "), line.split()[1].lower(), line))
    standard = [line for line in ordered if _package(line) in sys.stdlib_module_names]
    others = [line for line in ordered if line not in standard]
    return [*standard, "", *others] if standard and others else standard or others


def as_imported(target: str, statements: Iterable[str] = ()) -> str:
    """Return a dotted name as the cell writes it, ``nn.Conv2d`` or ``resnet18``, where these statements stand above."""
    for long, short in _ALWAYS:
        if target.startswith(long):
            return short + target.removeprefix(long)
    for statement in statements:
        words = statement.split()
        if words[0] == "from":
            origin, name, called = f"{words[1]}.{words[3]}", words[3], words[-1]
        else:
            origin, name, called = words[1], words[1], words[-1]
        if target == origin or target.startswith(f"{origin}."):
            return (called if "as" in words else name) + target.removeprefix(origin)
    return target


def further_packages(statements: Iterable[str]) -> list[str]:
    """Return the packages that these import statements need besides torch and what lightning brings along."""
    return sorted(
        {_package(line) for line in statements} - {"torch", "lightning", "torchmetrics"} - sys.stdlib_module_names
    )


def _package(statement: str) -> str:
    return statement.split()[1].partition(".")[0]
