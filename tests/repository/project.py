"""What the promises are checked against: the files of this checkout, new ones included, ignored ones not."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "patholearn_lab"


@cache
def files(*suffixes: str) -> tuple[Path, ...]:
    """Return the checkout's files with one of the suffixes (all where none is given), relative to the root."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split("\0")
    found = sorted(Path(name) for name in listed if name and (ROOT / name).is_file())
    assert found, "git lists no files"
    return tuple(file for file in found if not suffixes or file.suffix in suffixes)


def python_files(*folders: str) -> list[Path]:
    """Return the Python files below the given top-level folders, relative to the root."""
    return [file for file in files(".py") if file.parts[0] in folders]


def module_name(file: Path) -> str:
    """Return the dotted name of a Python file of the package."""
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree(file: Path) -> ast.Module:
    """Return the syntax tree of one file, given relative to the root."""
    return ast.parse((ROOT / file).read_text(encoding="utf-8"), str(file))
