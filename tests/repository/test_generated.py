"""The TypeScript types and the catalogue are what the Python says today."""

from __future__ import annotations

import pytest
from repository.project import ROOT

from patholearn_lab.codegen.typescript import generated_files

FOLDER = ROOT / "labextension" / "src" / "generated"
WAY_OUT = "Run `patholearn schema export` and commit what changed."


def stale(wanted: dict[str, str], found: dict[str, str]) -> list[str]:
    """Return the names of files that differ, are missing, or should not be there."""
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))


def test_the_generated_files_are_fresh() -> None:
    found = {file.name: file.read_text(encoding="utf-8") for file in FOLDER.iterdir() if file.is_file()}
    assert stale(generated_files(), found) == [], WAY_OUT


@pytest.mark.parametrize("found", [{"a.ts": "old"}, {}, {"a.ts": "new", "b.ts": "left over"}])
def test_a_stale_file_is_found(found: dict[str, str]) -> None:
    assert stale({"a.ts": "new"}, found) != []
