"""The style sheets of all views land on one page, so no two of them may give the same class a look of its own."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

PROJECT = Path(__file__).parent.parent.parent
SHARED = {".plab-root"}  # the root of every view: each sheet declares its own variables there
RULE = re.compile(r"^(\.plab-[a-z-]+) \{", re.MULTILINE)


def test_each_class_is_styled_in_one_feature_only() -> None:
    homes: defaultdict[str, set[str]] = defaultdict(set)
    for sheet in (PROJECT / "labextension" / "src").rglob("*.css"):
        for name in RULE.findall(sheet.read_text(encoding="utf-8")):
            homes[name].add(sheet.parent.name)
    assert homes, "no style sheet was found"
    shared = {name: sorted(places) for name, places in homes.items() if len(places) > 1 and name not in SHARED}
    assert shared == {}


def test_no_rule_is_as_weak_as_those_that_all_views_share() -> None:
    # Each view brings elements.css along: where two rules are equally strong, the view that came last would decide.
    weak = re.compile(
        r"^(?!\.plab-root)\.plab-[a-z-]+ (?:> ?)?(?:h2|h3|p|ul|dl|dd|dt|figure|input|select|textarea)\b", re.MULTILINE
    )
    sheets = [sheet for sheet in (PROJECT / "labextension" / "src").rglob("*.css") if sheet.parent.name != "elements"]
    assert weak.search(".plab-section h3 {"), "the check can fail"
    assert {sheet.name: found for sheet in sheets if (found := weak.findall(sheet.read_text(encoding="utf-8")))} == {}
