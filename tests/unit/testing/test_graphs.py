from __future__ import annotations

from random import Random

from hypothesis import given, settings

from patholearn_lab.graph.check import check
from patholearn_lab.graph.document import Document, write_document
from patholearn_lab.testing.graphs import graphs, layer_kinds, random_graph, random_lookup


@settings(max_examples=60)
@given(graphs())
def test_a_random_graph_has_no_errors(document: Document) -> None:
    result = check(document, random_lookup)
    assert result.runnable, result.issues
    assert not [issue for issue in result.issues if issue.severity == "warning"]


def test_every_kind_of_layer_comes_up() -> None:
    drawn = {node.kind for seed in range(300) for node in random_graph(Random(seed), layers=12).nodes.values()}
    assert set(layer_kinds()) - drawn == set()


def test_the_same_seed_gives_the_same_graph_and_another_seed_another() -> None:
    texts = [write_document(random_graph(Random(seed))) for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


def test_a_graph_is_made_of_the_kinds_that_were_asked_for() -> None:
    document = random_graph(Random(3), layers=20, kinds=("relu", "conv2d"))
    kinds = {node.kind for node in document.nodes.values()}
    assert kinds <= {
        "relu",
        "conv2d",
        "dataset",
        "table_input",
        "classification_output",
        "flatten",
        "linear",
        "avg_pool2d",
        "concatenate",
    }
    assert len(document.nodes) > 15
