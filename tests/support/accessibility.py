"""axe-core, the usual judge of accessibility, run within a page."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).parent.parent.parent / "labextension" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


def violations(page: Page, selector: str) -> list[str]:
    """Return what breaks WCAG 2.1 A and AA within an element: a rule, what is wrong, and where."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "([selector, values]) => axe.run(selector, {runOnly: {type: 'tag', values}}).then(result => result.violations)",
        [selector, RULES],
    )
    return [
        f"{rule['id']}: {node['target'][0]}: {node['failureSummary'].splitlines()[-1].strip()}"
        for rule in found
        for node in rule["nodes"]
    ]
