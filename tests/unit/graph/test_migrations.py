from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.graphs import GOLDEN, golden_document, operations

from patholearn_lab.graph.document import SCHEMA_VERSION, document_to_dict, read_document, write_document
from patholearn_lab.graph.migrations import STEPS, migrate
from patholearn_lab.graph.operations import Operation, apply

OLD = sorted(
    path
    for path in (GOLDEN / "migrations").glob("*.arch.json")
    if not path.name.endswith(f".{SCHEMA_VERSION}.arch.json")
)


@pytest.mark.parametrize("path", OLD, ids=[path.name for path in OLD])
def test_a_document_of_an_older_version_is_read_as_what_it_became(path: Any) -> None:
    text = path.read_text(encoding="utf-8")
    name, version, *_ = path.name.split(".")
    assert json.loads(text)["schemaVersion"] == int(version) < SCHEMA_VERSION
    today = path.with_name(f"{name}.{SCHEMA_VERSION}.arch.json").read_text(encoding="utf-8")
    assert write_document(read_document(text)) == today


def test_there_is_a_step_from_each_version_to_the_next() -> None:
    assert len(STEPS) == SCHEMA_VERSION - 1


@given(st.lists(operations(), max_size=12))
def test_every_document_of_version_1_has_a_form_of_today(changes: list[Operation]) -> None:
    today = document_to_dict(apply(golden_document("lenet5"), changes))
    newer = {"blocks", "frames", "remarks", "comments"}
    old = {**{name: part for name, part in today.items() if name not in newer}, "schemaVersion": 1}
    before = json.dumps(old)
    assert migrate(old) == today
    assert json.dumps(old) == before, "the given document was changed"
    assert document_to_dict(read_document(old)) == today
