"""`make test` runs every test there is."""

from __future__ import annotations

import re

from repository.project import ROOT, files


def test_make_test_runs_every_folder_with_tests_once() -> None:
    named = re.findall(r"^(?:SIDE_BY_SIDE|ALONE) := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    tests = [file for file in files(".py") if file.parts[0] == "tests" and file.name.startswith("test_")]
    assert sorted(" ".join(named).split()) == sorted({"/".join(file.parts[:2]) for file in tests})
