"""The table of formats, and what is said of it."""

from __future__ import annotations

import re
from pathlib import Path

from patholearn_lab.datasets.importers import IMPORTERS

PROJECT = Path(__file__).parents[3]
PAGE = PROJECT / "docs" / "users" / "data-sets.md"
ENTRIES = PROJECT / "labextension" / "src" / "features" / "datasets" / "entries.ts"


def test_the_users_page_lists_the_formats_as_refusals_name_them() -> None:
    rows = [
        line.split("|")[1].strip()
        for line in PAGE.read_text().split("## Your own tiles")[0].splitlines()
        if "|" in line
    ]
    listed = rows[rows.index("Format") + 2 :]
    assert listed == [importer.label for importer in IMPORTERS.values()]


def test_the_upload_box_offers_the_endings_of_all_formats() -> None:
    found = re.search(r"export const ENDINGS = \[(.*)\];", ENTRIES.read_text())
    assert found is not None
    offered = re.findall(r"'([^']+)'", found[1])
    assert offered == list(dict.fromkeys(ending for importer in IMPORTERS.values() for ending in importer.endings))
