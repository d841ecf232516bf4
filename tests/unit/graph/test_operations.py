from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.graphs import GOLDEN, golden_document, operations

from patholearn_lab.errors import DocumentError
from patholearn_lab.graph.document import document_to_dict, read_document, write_document
from patholearn_lab.graph.operations import OPERATIONS, Operation, apply, read_operations

CASES = json.loads((GOLDEN / "operations.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_operations_give_what_both_languages_agreed_on(case: dict[str, Any]) -> None:
    before = read_document(case["document"])
    after = apply(before, OPERATIONS.validate_python(case["operations"]))
    assert document_to_dict(after) == case["result"]
    assert document_to_dict(before) == case["document"], "the given document was changed"


@given(st.lists(operations(), max_size=20))
def test_any_operations_give_a_document_that_can_be_read_again(changes: list[Operation]) -> None:
    document = apply(golden_document("lenet5"), changes)
    assert read_document(write_document(document)) == document
    assert all(edge.source in document.nodes and edge.target in document.nodes for edge in document.edges.values())


@given(operations())
def test_operations_travel_as_json(operation: Operation) -> None:
    assert OPERATIONS.validate_json(OPERATIONS.dump_json([operation])) == [operation]


@pytest.mark.parametrize(
    "raw",
    [
        [{"op": "explode", "id": "a"}],
        [{"op": "moveNode", "id": "a", "x": float("nan"), "y": 0}],
        [{"op": "addNode", "id": "a b", "node": {"kind": "relu"}}],
        [{"id": "a"}],
        "removeNode",
    ],
)
def test_operations_of_a_wrong_form_are_refused(raw: object) -> None:
    with pytest.raises(DocumentError, match="The change cannot be made"):
        read_operations(raw)
