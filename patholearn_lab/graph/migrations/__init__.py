"""From every older form of documents to the present one, a step a module.

A step takes a whole document as it was written (the decoded JSON object) and returns it in the next form. It checks
nothing: what is wrong with the result is found when the models read it. It never changes what it was given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from patholearn_lab.graph.migrations import to_2, to_3, to_4

STEPS: tuple[Callable[[Mapping[str, Any]], dict[str, Any]], ...] = (to_2.migrate, to_3.migrate, to_4.migrate)
"""The first step leads from version 1 to version 2, and so on."""


def migrate(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document of any known version in the present form."""
    current = dict(raw)
    for step in STEPS[int(current["schemaVersion"]) - 1 :]:
        current = step(current)
    return current
