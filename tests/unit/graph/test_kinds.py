from __future__ import annotations

import json
from typing import Any

import pytest
from support.graphs import GOLDEN, graph, lookup

from patholearn_lab.errors import DocumentError, TooLargeError
from patholearn_lab.graph.architecture import Architecture
from patholearn_lab.graph.check import check
from patholearn_lab.graph.document import Document, read_document
from patholearn_lab.graph.kinds import MAX_DEPTH, MAX_EXPANDED, kinds_of
from patholearn_lab.graph.operations import SetBlock, apply

CASE = json.loads((GOLDEN / "blocks.json").read_text(encoding="utf-8"))
IN_AND_OUT: dict[str, Any] = {
    "inputs": [{"name": "input", "node": "a", "port": "input", "edge": "e1"}],
    "outputs": [{"name": "output", "node": "a", "port": "output"}],
}


def _block(kind: str, **params: Any) -> dict[str, Any]:
    return {"nodes": {"a": {"kind": kind, "params": params}}, **IN_AND_OUT}


def _document(blocks: dict[str, Any], *kinds: str) -> Document:
    nodes: dict[str, Any] = {f"n_{number}": {"kind": kind} for number, kind in enumerate(kinds)}
    return read_document({"schemaVersion": 2, "blocks": blocks, "nodes": nodes})


@pytest.mark.parametrize("kind", sorted(CASE["kinds"]))
def test_the_ports_and_parameters_of_a_block_are_what_both_languages_agreed_on(kind: str) -> None:
    spec = kinds_of(read_document(CASE["document"])).get(kind)
    expected = CASE["kinds"][kind]
    if expected is None:
        assert spec is None
        return
    assert spec is not None
    assert {"label": spec.label, "stem": spec.stem} == {name: expected[name] for name in ("label", "stem")}
    for part in ("inputs", "outputs", "params"):
        assert [item.model_dump(mode="json") for item in getattr(spec, part)] == expected[part]


def test_a_block_that_contains_itself_is_an_issue_and_no_hang() -> None:
    document = _document({"a": _block("block/b"), "b": _block("block/a")}, "block/a")
    (issue,) = [issue for issue in check(document, lookup).issues if issue.code == "block_cycle"]
    assert "contains itself" in issue.message
    assert issue.mend is not None


def test_a_block_that_is_not_there_is_an_issue() -> None:
    codes = [issue.code for issue in check(_document({}, "block/gone"), lookup).issues]
    assert "block_missing" in codes


def test_blocks_in_blocks_are_limited() -> None:
    deep = {f"b{level}": _block(f"block/b{level + 1}") for level in range(MAX_DEPTH)} | {
        f"b{MAX_DEPTH}": _block("relu")
    }
    codes = [issue.code for issue in check(_document(deep, "block/b0"), lookup).issues]
    assert "block_too_deep" in codes
    assert kinds_of(_document(deep)).get("block/b1") is not None


def test_blocks_that_multiply_are_limited_before_anybody_looks_into_them() -> None:
    blocks = {"b0": _block("relu")}
    for level in range(1, 9):
        inner = {f"n_{number}": {"kind": f"block/b{level - 1}"} for number in range(5)}
        blocks[f"b{level}"] = {"nodes": {"a": {"kind": f"block/b{level - 1}"}, **inner}, **IN_AND_OUT}
    codes = {issue.code for issue in check(_document(blocks, "block/b8"), lookup).issues}
    assert "block_too_large" in codes
    many = _document(blocks, *["block/b5"] * 2)
    assert kinds_of(many).expanded(many.nodes) > MAX_EXPANDED
    assert "too_many_nodes" in {issue.code for issue in check(many, lookup).issues}


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ({**IN_AND_OUT, "inputs": [*IN_AND_OUT["inputs"] * 2]}, "connection 'e1' twice"),
        ({**IN_AND_OUT, "outputs": [*IN_AND_OUT["outputs"] * 2]}, "output 'output' twice"),
        ({"params": [{"name": "lambda"}]}, "cannot be called 'lambda'"),
        ({"params": [{"name": "self"}]}, "cannot be called 'self'"),
        ({"params": [{"name": "a b"}]}, "blocks.b.params.0.name"),
        ({"params": [{"name": "a", "minimum": float("nan")}]}, "blocks.b.params.0.minimum"),
        ({"params": [{"name": "a"}, {"name": "a"}]}, "parameter 'a' twice"),
    ],
)
def test_a_block_of_a_wrong_form_is_refused(block: dict[str, Any], words: str) -> None:
    with pytest.raises(DocumentError) as caught:
        _document({"b": block})
    assert words in caught.value.message


def test_too_many_blocks_or_nodes_in_one_are_refused() -> None:
    with pytest.raises(TooLargeError, match="201 blocks; at most 200"):
        _document({f"b{number}": _block("relu") for number in range(201)})
    with pytest.raises(TooLargeError, match=r"The block 'b' has 2,001 nodes"):
        _document({"b": {"nodes": {f"n{number}": {"kind": "relu"} for number in range(2_001)}}})


def test_what_is_wrong_inside_is_shown_at_the_block_with_a_mend_of_its_definition() -> None:
    net = Architecture(graph({"data": ("dataset", {"dataset": "he_tissue"}), "output": "classification_output"}))
    kind = net.define_block("wide", _block("conv2d", out_channels=4, kernel_size=99))
    use = net.add(kind, after="data")
    net.connect(net.add("linear", after=net.add("flatten", after=use), out_features=2), "output")
    (issue,) = [issue for issue in net.check(lookup).issues if issue.code == "image_too_small"]
    assert (issue.node, issue.path, issue.severity) == (use, ("a",), "error")
    assert issue.message.startswith(f"Inside {use}: a: The kernel covers 99 × 99 pixels")
    net.mend(issue)
    assert net.check(lookup).runnable
    assert net.check(lookup).nodes[f"{use}/a"].parameters == net.check(lookup).nodes[use].parameters > 0
    assert net.blocks["wide"].inputs[0].edge == "e1"


def test_an_image_that_meets_a_linear_inside_gets_a_flatten_inside() -> None:
    net = Architecture(graph({"data": ("dataset", {"dataset": "he_tissue"})}))
    kind = net.define_block(
        "head",
        {
            "nodes": {"act": {"kind": "relu"}, "a": {"kind": "linear"}},
            "edges": {"e2": {"from": "act", "fromPort": "output", "to": "a", "toPort": "input"}},
            "inputs": [{"name": "input", "node": "act", "port": "input", "edge": "e1"}],
            "outputs": IN_AND_OUT["outputs"],
        },
    )
    use = net.add(kind, after="data")
    (issue,) = [issue for issue in net.check(lookup).issues if issue.code == "needs_flatten"]
    assert (issue.node, issue.path) == (use, ("a",))
    net.mend(issue)
    assert net.check(lookup).nodes[use].outputs == {"output": (10,)}


def test_an_expression_without_a_value_is_an_issue_that_quotes_it() -> None:
    net = Architecture(graph({"data": ("dataset", {"dataset": "he_tissue"})}))
    use = net.add(net.define_block("odd", _block("conv2d", out_channels="=width * 2")), after="data")
    (issue,) = [issue for issue in net.check(lookup).issues if issue.code == "expression"]
    assert (issue.node, issue.path) == (use, ("a",))
    assert "“=width * 2” uses 'width', which is no parameter of the block" in issue.message


def test_the_ends_of_a_graph_cannot_stand_inside_a_block() -> None:
    document = _document({"odd": {"nodes": {"a": {"kind": "classification_output"}}}}, "block/odd")
    assert "end_inside_block" in {issue.code for issue in check(document, lookup).issues}


def test_a_block_that_would_contain_itself_is_not_defined() -> None:
    net = Architecture(_document({"a": _block("relu")}))
    with pytest.raises(DocumentError, match="contains itself"):
        net.define_block("a", _block("block/a"))
    assert net.blocks["a"].nodes["a"].kind == "relu"


def test_a_changed_definition_changes_all_its_uses() -> None:
    document = graph({"data": ("dataset", {"dataset": "he_tissue"})})
    net = Architecture(document)
    uses = [net.add(net.define_block("part", _block("conv2d", out_channels=4)), after="data")]
    uses.append(net.add("block/part", after=uses[0]))
    wider = read_document({"schemaVersion": 2, "blocks": {"part": _block("conv2d", out_channels=9)}}).blocks["part"]
    after = check(apply(net.document, [SetBlock(id="part", block=wider)]), lookup)
    assert [after.nodes[use].outputs["output"][0] for use in uses] == [9, 9]
