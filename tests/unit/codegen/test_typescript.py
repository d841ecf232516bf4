from __future__ import annotations

import json
from pathlib import Path

import pytest

from patholearn_lab.codegen.typescript import generated_files
from patholearn_lab.graph.operations import OPERATIONS

FOLDER = Path(__file__).parents[3] / "labextension" / "src" / "generated"


@pytest.mark.parametrize("name", sorted(generated_files()))
def test_the_generated_file_is_fresh(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == generated_files()[name], "run: patholearn schema export"


def test_nothing_else_lies_in_the_folder() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(generated_files())


def test_every_operation_is_in_the_union() -> None:
    schema = OPERATIONS.json_schema()
    for name in schema["items"]["discriminator"]["mapping"]:
        assert f"op: '{name}'" in generated_files()["operations.ts"]


def test_the_document_has_its_names_on_disk() -> None:
    text = generated_files()["document.ts"]
    assert "schemaVersion: number" in text
    assert "fromPort: string" in text
    assert "params: Record<string, ParamValue>" in text


def test_the_catalogue_is_json() -> None:
    assert "conv2d" in json.loads(generated_files()["catalog.json"])["kinds"]
