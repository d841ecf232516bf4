from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from support.graphs import golden_document, operations

from patholearn_lab.graph.document import document_to_dict
from patholearn_lab.graph.json_schema import document_schema, document_schema_text
from patholearn_lab.graph.operations import Operation, apply

VALIDATOR = Draft202012Validator(document_schema())
FILE = Path(__file__).parents[3] / "docs" / "reference" / "architecture.schema.json"


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(document_schema())


@given(st.lists(operations(), max_size=15))
def test_every_document_that_is_written_fits_the_schema(changes: list[Operation]) -> None:
    VALIDATOR.validate(document_to_dict(apply(golden_document("branches"), changes)))


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"schemaVersion": 99},
        {"schemaVersion": 2, "nodes": {"no id": {"kind": "relu"}}},
        {"schemaVersion": 2, "nodes": {"a": {}}},
        {"schemaVersion": 2, "nodes": {"a": {"kind": "relu", "color": "red"}}},
        {"schemaVersion": 2, "nodes": {"a": {"kind": "relu", "params": {"p": [1]}}}},
        {"schemaVersion": 2, "nodes": {"a": {"kind": "code", "params": {"code": "x" * 20_001}}}},
        {"schemaVersion": 2, "edges": {"e": {"from": "a", "to": "b"}}},
        {"schemaVersion": 2, "nodes": {f"n{number}": {"kind": "relu"} for number in range(2_001)}},
    ],
)
def test_what_cannot_be_read_does_not_fit_the_schema(raw: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(raw)


def test_the_schema_in_the_reference_is_fresh() -> None:
    assert FILE.read_text(encoding="utf-8") == document_schema_text(), "Run `patholearn schema export`."
