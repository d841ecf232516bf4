from __future__ import annotations

import pytest
from support.graphs import golden_document, graph, lookup

from patholearn_lab.graph.check import check


def test_the_first_layer_of_lenet_costs_what_the_textbook_says() -> None:
    facts = check(
        graph(
            {"data": ("dataset", {"dataset": "tissue32"}), "conv_1": ("conv2d", {"out_channels": 6, "kernel_size": 5})},
            "data>conv_1",
        ),
        lambda _: lookup("he_tissue").__class__("t", "T", "classification", 3, 32, 32, ("a", "b"), 10),
    ).nodes["conv_1"]
    assert facts.outputs == {"output": (6, 28, 28)}
    assert facts.parameters == 456
    assert facts.multiply_adds == 352_800
    assert facts.memory_bytes == 18_816
    assert facts.receptive_field == 5


def test_the_receptive_field_grows_by_kernels_and_strides() -> None:
    facts = check(golden_document("lenet5"), lookup).nodes
    assert [facts[node].receptive_field for node in ("data", "conv_1", "pool_1", "conv_2", "pool_2")] == [
        1,
        5,
        6,
        14,
        16,
    ]
    assert facts["flatten_1"].receptive_field is None


def test_totals_are_sums_over_the_layers_that_are_used() -> None:
    result = check(golden_document("mnist_thesis"), lookup)
    assert result.totals.parameters == 16 * 26 + 16 * (16 * 25 + 1) + 10 * 257
    assert result.totals.layers == 8
    assert result.totals.multiply_adds == 24 * 24 * 16 * 25 + 8 * 8 * 16 * 16 * 25 + 2_560
    with_loose = graph(
        {"data": ("dataset", {"dataset": "mnist"}), "conv_1": "conv2d", "output": "classification_output"},
        "data>conv_1",
    )
    assert check(with_loose, lookup).totals.parameters == 0


@pytest.mark.parametrize(("groups", "parameters"), [(1, 16 * (8 * 9 + 1)), (8, 16 * (9 + 1))])
def test_groups_divide_the_weights(groups: int, parameters: int) -> None:
    document = graph(
        {
            "data": ("dataset", {"dataset": "mnist"}),
            "conv_1": ("conv2d", {"out_channels": 8}),
            "conv_2": ("conv2d", {"out_channels": 16, "groups": groups}),
        },
        "data>conv_1",
        "conv_1>conv_2",
    )
    assert check(document, lookup).nodes["conv_2"].parameters == parameters
