"""The table of formats, and what is said of it."""

from __future__ import annotations

from pathlib import Path

from patholearn_lab.datasets.importers import IMPORTERS

PAGE = Path(__file__).parents[3] / "docs" / "users" / "data-sets.md"


def test_the_users_page_lists_the_formats_as_refusals_name_them() -> None:
    rows = [
        line.split("|")[1].strip()
        for line in PAGE.read_text().split("## Your own tiles")[0].splitlines()
        if "|" in line
    ]
    listed = rows[rows.index("Format") + 2 :]
    assert listed == [importer.label for importer in IMPORTERS.values()]
