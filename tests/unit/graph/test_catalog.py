from __future__ import annotations

import ast
import importlib
import json

import pytest

from patholearn_lab.graph.calls import size_text
from patholearn_lab.graph.catalog import CATEGORIES, catalog, catalog_json, help_page, spec_of
from patholearn_lab.graph.settings import values_of
from patholearn_lab.graph.spec import NodeSpec

SPECS = catalog.values()
IDS = [spec.kind for spec in SPECS]


def test_the_catalogue_is_json_and_has_every_kind() -> None:
    cards = json.loads(json.dumps(catalog_json()))
    assert cards["schemaVersion"] == 1
    assert list(cards["kinds"]) == list(catalog)
    assert cards["categories"] == list(CATEGORIES)
    # Blocks are a document's own, so that no kind of the catalogue is one.
    assert {card["category"] for card in cards["kinds"].values()} == set(CATEGORIES) - {"Blocks"}


@pytest.mark.parametrize("spec", SPECS, ids=IDS)
def test_a_kind_is_declared_whole(spec: NodeSpec) -> None:
    assert spec.summary.endswith(".")
    assert spec.stem
    assert spec.style == "end" or spec.shape is not None or spec.outcome is not None
    names = [param.name for param in spec.params]
    assert len(set(names)) == len(names)
    for param in spec.params:
        assert param.help.endswith("."), param.name
        assert (param.type == "choice") == bool(param.choices)
    for port in spec.outputs:
        assert bool(port.types) != bool(port.same_as)
        assert port.same_as is None or spec.input(port.same_as) is not None


@pytest.mark.parametrize("spec", SPECS, ids=IDS)
def test_the_defaults_of_a_kind_are_valid(spec: NodeSpec) -> None:
    given = {param.name: param.default for param in spec.params}
    values, problems = values_of(spec, given)
    assert problems == []
    assert {name: size_text(value) for name, value in values.items()} == given
    assert values_of(spec, {}) == (values, [])


OF_TORCH = [spec for spec in SPECS if spec.target and not spec.source]


@pytest.mark.parametrize("spec", OF_TORCH, ids=lambda spec: spec.kind)
def test_a_target_exists_in_torch(spec: NodeSpec) -> None:
    target = spec.target.format(**values_of(spec, {})[0])
    module, _, name = target.rpartition(".")
    library = importlib.import_module(module)
    assert callable(getattr(library, name))


@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec.source], ids=lambda spec: spec.kind)
def test_a_class_that_torch_lacks_is_the_only_thing_that_its_source_defines(spec: NodeSpec) -> None:
    (defined,) = ast.parse(spec.source).body
    assert isinstance(defined, ast.ClassDef)
    assert defined.name == spec.target


def test_an_unknown_kind_has_no_declaration_and_no_page() -> None:
    assert spec_of("quantum_layer") is None
    assert help_page("quantum_layer") == ({}, "")


def test_a_help_page_gives_its_text_without_the_front_matter() -> None:
    front, text = help_page("conv2d")
    assert front["torch"].startswith("https://")
    assert not text.startswith("---")
    assert catalog_json()["kinds"]["conv2d"]["help"] == text


def test_numbers_from_a_browser_become_those_that_are_declared() -> None:
    values, problems = values_of(catalog["conv2d"], {"kernel_size": 5.0})
    assert not problems
    assert values["kernel_size"] == 5
    assert isinstance(values["kernel_size"], int)
    values, problems = values_of(catalog["dropout"], {"p": 0})
    assert not problems
    assert isinstance(values["p"], float)
