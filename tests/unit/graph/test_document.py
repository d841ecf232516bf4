from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.graphs import GOLDEN, golden_document

from patholearn_lab.errors import DocumentError, TooLargeError
from patholearn_lab.graph.document import Document, Edge, Node, document_to_dict, read_document, write_document
from patholearn_lab.graph.forking import fork

DOCUMENTS = sorted(path.name.removesuffix(".arch.json") for path in (GOLDEN / "documents").glob("*.arch.json"))
WHOLE = {"schemaVersion": 1, "nodes": {}, "edges": {}, "groups": {}, "meta": {"id": "a", "name": "A"}}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_written_as_it_was_read(name: str) -> None:
    text = (GOLDEN / "documents" / f"{name}.arch.json").read_text(encoding="utf-8")
    assert write_document(read_document(text)) == text


def test_equal_documents_give_equal_bytes_whatever_the_order() -> None:
    document = golden_document("branches")
    turned = document.model_copy(
        update={
            "nodes": dict(reversed(document.nodes.items())),
            "edges": dict(reversed(document.edges.items())),
        }
    )
    assert write_document(turned) == write_document(document)


def test_whole_numbers_that_a_browser_made_floats_are_written_as_integers() -> None:
    node = {"kind": "conv2d", "params": {"stride": 2.0}, "x": 3.0, "y": 0.5, "note": ""}
    raw = json.loads(write_document(read_document({**WHOLE, "nodes": {"a": node}})))
    assert raw["nodes"]["a"] == {"kind": "conv2d", "params": {"stride": 2}, "x": 3, "y": 0.5, "note": ""}
    assert isinstance(raw["nodes"]["a"]["params"]["stride"], int)


def test_a_newer_version_is_refused_and_both_versions_are_named() -> None:
    with pytest.raises(DocumentError, match=r"version 7.*reads version 4") as caught:
        read_document({**WHOLE, "schemaVersion": 7})
    assert caught.value.details == {"found": 7, "supported": 4}
    assert "pip install --upgrade" in caught.value.hint


@pytest.mark.parametrize("version", [None, "1", 0, 1.5, True])
def test_a_version_that_is_none_is_refused(version: object) -> None:
    with pytest.raises(DocumentError, match="schemaVersion"):
        read_document({**WHOLE, "schemaVersion": version})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"nodes": {"a": {"kind": "relu", "x": float("nan")}}}, "nodes.a.x: must be a finite number"),
        ({"nodes": {"a": {"kind": "relu", "y": 1e300}}}, "nodes.a.y: must be a finite number"),
        ({"nodes": {"a": {"kind": "relu", "params": {"p": float("inf")}}}}, "nodes.a.params.p: must be a finite"),
        ({"nodes": {"a": {"kind": "relu", "params": {"p": [1]}}}}, "must be a number, a text, true, false or null"),
        ({"nodes": {"a": {"kind": "relu", "params": {"p": "x" * 20_001}}}}, "20,000 characters"),
        ({"nodes": {"a": {"kind": "relu", "color": "red"}}}, "nodes.a.color"),
        ({"nodes": {"a b": {"kind": "relu"}}}, "nodes.a b"),
        ({"nodes": {"a": "relu"}}, "nodes.a"),
        ({"edges": {"e1": {"from": "a"}}}, "edges.e1.fromPort"),
        ({"extra": 1}, "extra"),
    ],
)
def test_a_wrong_form_is_refused_with_its_place(change: dict[str, object], words: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read_document({**WHOLE, **change})
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not valid JSON"),
        ("[]", "list"),
        ("null", "NoneType"),
        ('{"schemaVersion": NaN}', "NaN"),
        ('{"schemaVersion": 1, "nodes": {"a": {"kind": "relu"}, "a": {"kind": "tanh"}}}', "'a' twice"),
        ("[" * 100_000, "not valid JSON"),
        (b"\xff\xfe\xfa", "not valid JSON"),
    ],
)
def test_text_that_is_no_document_is_refused(text: str | bytes, words: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read_document(text)
    assert words in caught.value.message


def test_too_many_nodes_are_refused_and_the_limit_is_named() -> None:
    nodes = {f"n_{number}": {"kind": "relu"} for number in range(2_001)}
    with pytest.raises(TooLargeError, match=r"2,001 nodes; at most 2,000"):
        read_document({**WHOLE, "nodes": nodes})
    del nodes["n_0"]
    assert len(read_document({**WHOLE, "nodes": nodes}).nodes) == 2_000


def test_too_long_a_text_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(TooLargeError, match="8,000,001 bytes"):
        read_document("[" * 8_000_001)


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(_JSON, st.sampled_from(["nodes", "edges", "groups", "meta", "schemaVersion"]))
def test_whatever_is_read_gives_a_document_or_an_error_of_ours(value: object, part: str) -> None:
    with contextlib.suppress(DocumentError, TooLargeError):
        assert isinstance(read_document({**WHOLE, part: value}), Document)


@given(st.text() | st.binary())
def test_any_text_gives_a_document_or_an_error_of_ours(text: str | bytes) -> None:
    with contextlib.suppress(DocumentError, TooLargeError):
        assert isinstance(read_document(text), Document)


def test_a_document_is_made_with_python_names_and_an_id_of_its_own() -> None:
    nodes = {"a": Node(kind="relu"), "b": Node(kind="relu")}
    edges = {"e1": Edge(source="a", source_port="output", target="b", target_port="input")}
    first, second = Document(nodes=nodes, edges=edges), Document(nodes=nodes, edges=edges)
    assert first.meta.id != second.meta.id
    assert read_document(write_document(first)) == first
    assert first.model_dump()["edges"]["e1"] == {"from": "a", "fromPort": "output", "to": "b", "toPort": "input"}


def test_where_a_fork_comes_from_is_kept_and_left_out_where_it_is_none() -> None:
    plain = read_document(write_document(Document()))
    assert "origin" not in document_to_dict(plain)["meta"]
    forked = fork(plain, " My  net ", "LeNet-5")
    assert document_to_dict(read_document(write_document(forked)))["meta"]["origin"] == "LeNet-5"
    assert (forked.meta.name, forked.meta.id != plain.meta.id) == ("My net", True)
