"""Comments on nodes: conversations that are kept in the document."""

from __future__ import annotations

import pytest
from support.graphs import golden_document

from patholearn_lab.codegen.changes import operations_between
from patholearn_lab.errors import ConflictError, DocumentError, NotFoundError, PermissionDeniedError, TooLargeError
from patholearn_lab.graph.architecture import Architecture
from patholearn_lab.graph.diff import diff
from patholearn_lab.graph.document import MAX_COMMENTS, read_document, write_document
from patholearn_lab.graph.operations import apply


@pytest.fixture
def net(monkeypatch: pytest.MonkeyPatch) -> Architecture:
    """A drawing in the hands of Ada."""
    monkeypatch.setenv("JUPYTERHUB_USER", "ada")
    return Architecture(golden_document("lenet5"))


def test_a_comment_is_answered_resolved_and_opened_again(net: Architecture, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = net.comment("conv_1", "  Why 6 filters?\n", author="Ada Lovelace")
    monkeypatch.setenv("JUPYTERHUB_USER", "ben")
    answer = net.answer_comment(asked, "As in the paper.")
    again = net.answer_comment(answer, "Table 1.")
    (thread,) = net.comments("conv_1")
    assert (thread.id, thread.shown_on, list(thread.answers)) == (asked, "conv_1", [answer, again])
    assert (thread.comment.text, thread.comment.author, thread.comment.account) == (
        "Why 6 filters?",
        "Ada Lovelace",
        "ada",
    )
    assert "comment_1 on conv_1 (open)" in str(thread)
    assert "ben, " in str(thread)
    net.resolve_comment(answer)
    assert net.comments(resolved=False) == []
    net.reopen_comment(asked)
    assert [one.id for one in net.comments(resolved=False)] == [asked]
    assert net.undo()
    assert net.comments()[0].comment.resolved


def test_a_comment_survives_the_file_and_changes_neither_the_network_nor_its_differences(net: Architecture) -> None:
    before = net.document
    net.comment("conv_1", "Why <b>6</b>?")
    kept = read_document(write_document(net.document))
    assert kept == net.document
    assert not diff(before, kept)
    assert apply(before, operations_between(before, kept)) == kept
    assert apply(kept, operations_between(kept, before)) == before


def test_a_comment_of_a_removed_node_waits_for_it_and_goes_to_no_other(net: Architecture) -> None:
    net.comment("conv_2", "Too many?")
    net.remove("conv_2")
    assert net.comments("conv_2") == []
    assert net.comments()[0].shown_on is None
    assert net.add("conv2d") == "conv_3"
    net.undo()
    net.undo()
    assert net.comments("conv_2")[0].comment.text == "Too many?"


def test_a_comment_goes_into_a_block_and_out_of_it_with_its_node(net: Architecture) -> None:
    net.comment("conv_2", "Too many?")
    inner = net.group(["conv_2", "relu_2"], "Second part")
    outer = net.group([inner, "pool_2"], "Around it")
    assert [thread.comment.node for thread in net.comments(outer)] == ["conv_2"]
    net.ungroup(outer)
    net.ungroup(inner)
    assert len(net.comments("conv_2")) == 1


def test_one_deletes_what_one_wrote_and_nobody_else_answered(
    net: Architecture, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = net.comment("conv_1", "Mine")
    own_answer = net.answer_comment(mine, "Mine too")
    monkeypatch.setenv("JUPYTERHUB_USER", "ben")
    with pytest.raises(PermissionDeniedError, match="written by ada"):
        net.delete_comment(mine)
    theirs = net.answer_comment(mine, "Mine, says Ben")
    monkeypatch.setenv("JUPYTERHUB_USER", "ada")
    with pytest.raises(ConflictError, match="answered by ben"):
        net.delete_comment(mine)
    net.delete_comment(own_answer)
    net.undo()
    monkeypatch.setenv("JUPYTERHUB_USER", "ben")
    net.delete_comment(theirs)
    monkeypatch.setenv("JUPYTERHUB_USER", "ada")
    net.delete_comment(mine)
    assert not net.document.comments


def test_what_cannot_be_said_is_refused(net: Architecture) -> None:
    with pytest.raises(NotFoundError, match="conv_9"):
        net.comment("conv_9", "Where?")
    with pytest.raises(NotFoundError, match="comment_9"):
        net.answer_comment("comment_9", "What?")
    with pytest.raises(DocumentError, match="at least 1 character"):
        net.comment("conv_1", " \n ")
    with pytest.raises(DocumentError, match="at most 4000 characters"):
        net.comment("conv_1", "x" * 4_001)
    one = {"node": "conv_1", "text": "x", "time": "2026-11-24T18:00:00Z"}
    raw = net.to_dict() | {"comments": {f"c{number}": one for number in range(MAX_COMMENTS)}}
    full = Architecture.from_dict(raw)
    with pytest.raises(TooLargeError, match="1,000 comments"):
        full.comment("conv_1", "One more")
    raw["comments"]["one_more"] = one
    with pytest.raises(TooLargeError, match="1,001 comments"):
        read_document(raw)
    with pytest.raises(DocumentError, match="time"):
        read_document(net.to_dict() | {"comments": {"c": one | {"time": "yesterday"}}})
