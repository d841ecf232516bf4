"""A module has one noun and fits a mind: at most 400 lines, and a name that says what is in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from repository.project import ROOT, files

LIMIT = 400
SOURCE = (".py", ".ts", ".tsx", ".css", ".mjs", ".js")
# Names that say nothing collect what nobody could place.
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "stuff", "base_utils"}


def source_files() -> list[Path]:
    """Return what people write; the generated TypeScript is as long as what it was derived from."""
    return [file for file in files(*SOURCE) if "generated" not in file.parts]


def too_long(lines: dict[Path, int]) -> list[str]:
    return [f"{file}: {count} lines" for file, count in lines.items() if count > LIMIT]


def says_nothing(file: Path) -> bool:
    return any(part.lower().replace("-", "_") in EMPTY_NAMES for part in file.with_suffix("").parts)


def test_no_source_file_has_more_than_400_lines() -> None:
    counted = {file: len((ROOT / file).read_text(encoding="utf-8").splitlines()) for file in source_files()}
    assert too_long(counted) == []


def test_a_line_too_many_is_found() -> None:
    assert too_long({Path("a.py"): 400, Path("b.py"): 401}) == ["b.py: 401 lines"]


def test_no_module_is_called_utils() -> None:
    assert [str(file) for file in source_files() if says_nothing(file)] == []


@pytest.mark.parametrize(
    "name", ["patholearn_lab/utils.py", "labextension/src/helpers/dates.ts", "tests/Common.py", "src/misc.tsx"]
)
def test_a_name_that_says_nothing_is_found(name: str) -> None:
    assert says_nothing(Path(name))


def test_typescript_files_are_in_kebab_case() -> None:
    bent = [file for file in files(".ts", ".tsx") if file.name != file.name.lower() or "_" in file.name]
    assert bent == []
