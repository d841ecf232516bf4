from __future__ import annotations

import pytest
from support.graphs import SETS, golden_document, lookup

from patholearn_lab.graph.check import check
from patholearn_lab.graph.templates import template, templates

NAMES = [card.name for card in templates()]


@pytest.mark.parametrize("dataset", ["he_tissue", "mnist", "tiny"])
@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("empty", "mnist_thesis")])
def test_a_template_fits_each_data_set_when_it_knows_it(name: str, dataset: str) -> None:
    result = check(template(name, dataset, lookup), lookup)
    assert result.runnable, result.issues
    assert not [issue for issue in result.issues if issue.severity == "warning"]
    assert result.nodes["output"].outputs["scores"] == (len(SETS[dataset].classes),)


def test_the_thesis_network_is_listing_21() -> None:
    document = template("mnist_thesis", "mnist")
    assert [document.nodes[node].kind for node in document.nodes] == [
        "dataset",
        "conv2d",
        "relu",
        "max_pool2d",
        "relu",
        "conv2d",
        "max_pool2d",
        "flatten",
        "linear",
        "classification_output",
    ]
    facts = check(document, lookup).nodes
    assert facts["flatten_1"].outputs["output"] == (256,)
    assert document.nodes["output"].params["batch_size"] == 128


@pytest.mark.parametrize("name", NAMES)
def test_a_template_gives_the_golden_document(name: str) -> None:
    golden = golden_document(name)
    dataset = str(golden.nodes["data"].params["dataset"])
    made = template(name, dataset)
    assert made.model_copy(update={"meta": golden.meta}) == golden
    assert made.meta.id != template(name, dataset).meta.id


def test_the_empty_template_has_two_ends_and_nothing_between() -> None:
    document = template("empty")
    assert {node.kind for node in document.nodes.values()} == {"dataset", "classification_output"}
    assert not document.edges
