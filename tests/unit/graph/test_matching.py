from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from support.graphs import graph, lookup

from patholearn_lab.graph.architecture import Architecture
from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.check import check
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.operations import apply

Layer = str | tuple[str, dict[str, Any]]
SAME = {"same_padding": True}


def branches(merge: str, left: list[Layer], right: list[Layer], dataset: str = "he_tissue") -> Document:
    """Two ways from the data set into a merge, and on to the output."""
    nodes: dict[str, Layer] = {"data": ("dataset", {"dataset": dataset})}
    edges: list[str] = []
    for side, layers in (("l", left), ("r", right)):
        names = [f"{side}_{number}" for number in range(len(layers))]
        nodes |= dict(zip(names, layers, strict=True))
        edges += [f"{first}>{second}" for first, second in pairwise(["data", *names, "merge"])]
    last = ["merge", "flatten_1", "linear_1", "output"]
    nodes |= {"merge": merge, "flatten_1": "flatten", "linear_1": ("linear", {"out_features": 2})}
    nodes |= {"output": "classification_output"}
    return graph(nodes, *edges, *(f"{first}>{second}" for first, second in pairwise(last)))


CASES = [
    (
        "channels",
        branches("add", [("conv2d", {**SAME, "out_channels": 8})], [("conv2d", {**SAME, "out_channels": 12})]),
    ),
    ("shortcut of a ResNet", branches("add", [("conv2d", {"out_channels": 8, "stride": 2, "padding": 1})], [])),
    ("an odd size", branches("add", [("conv2d", {"out_channels": 8, "kernel_size": 2, "stride": 2})], [], "mnist")),
    ("size of a concatenate", branches("concatenate", ["max_pool2d"], [])),
    ("three times as small", branches("concatenate", [("max_pool2d", {"kernel_size": 4})], ["max_pool2d"])),
]


@pytest.mark.parametrize(("case", "document"), CASES, ids=[name for name, _ in CASES])
def test_one_call_makes_the_branches_fit(case: str, document: Document) -> None:
    issue = next(issue for issue in check(document, lookup).issues if issue.code == "shapes_differ")
    ways = [mend for mend in (issue.mend, *issue.other_mends) if mend]
    assert ways
    for mend in ways:
        mended = check(apply(document, mend.operations), lookup)
        assert "shapes_differ" not in [issue.code for issue in mended.issues], mend.label


def test_vectors_are_matched_by_a_linear() -> None:
    layers: list[Layer] = ["flatten", ("linear", {"out_features": 8})]
    wider: list[Layer] = ["flatten", ("linear", {"out_features": 12})]
    document = branches("add", layers, wider)
    issue = next(issue for issue in check(document, lookup).issues if issue.code == "shapes_differ")
    assert issue.mend is not None
    mended = apply(document, issue.mend.operations)
    assert len(mended.nodes) == len(document.nodes) + 1
    assert check(mended, lookup).nodes["merge"].outputs["output"] == (8,)


def test_sizes_that_no_step_leads_to_have_no_ready_mend() -> None:
    document = branches("add", [("conv2d", {"out_channels": 3, "kernel_size": 5})], [])
    issue = next(issue for issue in check(document, lookup).issues if issue.code == "shapes_differ")
    assert issue.mend is None


def test_a_mend_is_chosen_by_its_number() -> None:
    document = branches("concatenate", ["max_pool2d"], [])
    net = Architecture(document, lookup)
    issue = next(issue for issue in net.check().issues if issue.code == "shapes_differ")
    net.mend(issue)
    assert net.check().nodes["merge"].outputs["output"] == (6, 32, 32)
    if "upsample" in catalog:
        net.undo()
        net.mend(issue, choice=1)
        assert net.check().nodes["merge"].outputs["output"] == (6, 64, 64)
