from __future__ import annotations

from pathlib import Path

import pytest
from support.graphs import GOLDEN, golden_document, lookup

from patholearn_lab.errors import DocumentError, NotFoundError, TemplateNotFoundError
from patholearn_lab.graph.architecture import MAX_UNDO, Architecture
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.topology import Topology


def sources(net: Architecture, node: str) -> list[str]:
    return Topology.of(net.document).sources(node)


def test_a_network_is_drawn_from_python_and_can_be_trained() -> None:
    net = Architecture.from_template("empty", dataset="he_tissue")
    conv = net.add("conv2d", after="data", out_channels=8, note="Edges")
    net.add("flatten", after=net.add("relu", after=conv))
    net.add("linear", after="flatten_1", out_features=2)
    net.connect("linear_1", "output")
    result = net.check(lookup)
    assert result.runnable, result.issues
    assert net.document.nodes[conv].note == "Edges"


def test_frames_and_remarks_are_drawn_from_python_and_taken_back() -> None:
    net = Architecture(golden_document("lenet5"))
    frame = net.frame(["conv_1", "relu_1"], "Features", color="green")
    remark = net.remark("Why 6?", x=300, y=120)
    assert net.document.frames[frame].nodes == ("conv_1", "relu_1")
    assert net.document.remarks[remark].text == "Why 6?"
    with pytest.raises(NotFoundError, match="conv_9"):
        net.frame(["conv_9"])
    with pytest.raises(DocumentError, match="color"):
        net.remark("x", color="pink")  # type: ignore[arg-type]
    net.undo()
    net.undo()
    assert net.document == golden_document("lenet5")


def test_a_node_added_after_a_connected_one_comes_between() -> None:
    net = Architecture.from_template("small_cnn", dataset="he_tissue")
    added = net.add("dropout", after="conv_1", p=0.1)
    assert sources(net, "norm_1") == [added]
    assert sources(net, added) == ["conv_1"]
    assert net.check(lookup).runnable


def test_a_node_that_does_not_fit_between_begins_a_branch() -> None:
    net = Architecture.from_template("small_cnn", dataset="he_tissue")
    added = net.add("flatten", after="relu_1")
    assert sources(net, added) == ["relu_1"]
    assert sources(net, "pool_1") == ["relu_1"]


def test_a_node_that_does_not_fit_at_all_is_refused_and_nothing_changes() -> None:
    net = Architecture.from_template("small_cnn", dataset="he_tissue")
    before = net.document
    with pytest.raises(DocumentError, match="conv_1 gives an image") as caught:
        net.add("linear", after="conv_1")
    assert caught.value.details["reason"] == "needs_flatten"
    assert caught.value.hint == "Insert Flatten."
    assert net.document is before
    assert not net.undo()


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda net: net.add("convolution"), "no kind of node called 'convolution'"),
        (lambda net: net.add("conv2d", filters=3), "has no parameter 'filters'"),
        (lambda net: net.add("conv2d", out_channels=0), "must be at least 1"),
        (lambda net: net.set("conv_1", out_channels="many"), "must be a whole number, but it is 'many'"),
        (lambda net: net.connect("conv_1", "linear_1"), "takes one connection here"),
        (lambda net: net.apply([{"op": "explode"}]), "The change cannot be made"),
    ],
)
def test_a_wrong_change_is_refused_with_the_reason(act: object, words: str) -> None:
    net = Architecture.from_template("lenet5")
    with pytest.raises(DocumentError) as caught:
        act(net)  # type: ignore[operator]
    assert words in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    "act",
    [
        lambda net: net.set("conv_9", stride=2),
        lambda net: net.remove("conv_9"),
        lambda net: net.rename("conv_9", "x"),
        lambda net: net.add("relu", after="conv_9"),
        lambda net: net.connect("conv_9", "conv_1"),
        lambda net: net.disconnect("conv_1", "linear_3"),
    ],
)
def test_what_is_not_there_is_said_so(act: object) -> None:
    with pytest.raises(NotFoundError):
        act(Architecture.from_template("lenet5"))  # type: ignore[operator]


def test_every_change_is_undone_and_made_again() -> None:
    net = Architecture.from_template("lenet5", dataset="mnist")
    states = [net.document]
    for change in (
        lambda: net.set("conv_1", out_channels=12),
        lambda: net.rename("conv_1", "First"),
        lambda: net.disconnect("conv_1", "relu_1"),
        lambda: net.connect("conv_1", "relu_1"),
        lambda: net.remove("relu_4"),
        lambda: setattr(net, "name", "Mine"),
        net.arrange,
        lambda: net.add("metric"),
    ):
        change()
        states.append(net.document)
    for state in reversed(states[:-1]):
        assert net.undo()
        assert net.document == state
    assert not net.undo()
    for state in states[1:]:
        assert net.redo()
        assert net.document == state
    assert not net.redo()


def test_a_new_change_forgets_what_was_undone() -> None:
    net = Architecture.from_template("lenet5")
    net.set("conv_1", stride=2)
    net.undo()
    net.set("conv_1", stride=3)
    assert not net.redo()


def test_a_change_that_changes_nothing_is_no_step_and_tells_nobody() -> None:
    net = Architecture.from_template("lenet5")
    seen: list[Document] = []
    net.observe(seen.append)
    net.set("conv_1", out_channels=6)
    assert not seen
    assert not net.undo()


def test_the_number_of_undo_steps_is_limited() -> None:
    net = Architecture.from_template("lenet5")
    for number in range(MAX_UNDO + 10):
        net.rename("conv_1", str(number))
    steps = 0
    while net.undo():
        steps += 1
    assert steps == MAX_UNDO


def test_an_observer_hears_of_changes_until_it_stops() -> None:
    net = Architecture.from_template("lenet5")
    seen: list[Document] = []
    stop = net.observe(seen.append)
    net.set("conv_1", stride=2)
    net.undo()
    stop()
    stop()
    net.redo()
    assert len(seen) == 2


def test_a_mend_is_applied_as_one_step() -> None:
    net = Architecture.from_template("lenet5", dataset="he_tissue")
    before = net.document
    issue = next(issue for issue in net.check(lookup).issues if issue.code == "wrong_class_count")
    net.mend(issue)
    assert net.check(lookup).runnable
    net.undo()
    assert net.document == before


def test_a_file_is_saved_and_opened_again(tmp_path: Path) -> None:
    net = Architecture.open(GOLDEN / "documents" / "branches.arch.json")
    path = net.save(tmp_path / "mine.arch.json")
    assert Architecture.open(path).document == net.document
    assert [file.name for file in tmp_path.iterdir()] == ["mine.arch.json"]
    assert Architecture.from_dict(net.to_dict()).document == net.document
    with pytest.raises(NotFoundError, match="no file"):
        Architecture.open(tmp_path / "gone.arch.json")


def test_an_unknown_template_is_told_with_those_that_there_are() -> None:
    with pytest.raises(TemplateNotFoundError, match="Choose one of: empty, small_cnn, lenet5, mnist_thesis"):
        Architecture.from_template("no_such")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # ipycytoscape 1.3.3 is of 2022
def test_a_graph_is_shown_read_only_in_ipycytoscape() -> None:
    widget = Architecture.from_template("lenet5").to_ipycytoscape()
    assert {node.data["id"] for node in widget.graph.nodes} >= {"data", "conv_1", "output"}
    assert len(widget.graph.edges) == 13
    assert widget.autolock
    widget.close()


def test_a_node_becomes_one_of_another_kind_and_keeps_what_is_around_it() -> None:
    net = Architecture(golden_document("lenet5"))
    before = net.document
    frame = net.frame(["conv_1", "relu_1"])
    assert net.swap("relu_1", "gelu") == "gelu_1"
    after = net.document
    assert "relu_1" not in after.nodes
    assert (after.nodes["gelu_1"].x, after.nodes["gelu_1"].y) == (before.nodes["relu_1"].x, before.nodes["relu_1"].y)
    assert after.edges.keys() == before.edges.keys()
    assert sources(net, "gelu_1") == ["conv_1"]
    assert after.frames[frame].nodes == ("conv_1", "gelu_1")
    pool = next(key for key, node in after.nodes.items() if node.kind == "max_pool2d")
    swapped = net.swap(pool, "avg_pool2d")
    assert net.document.nodes[swapped].params == after.nodes[pool].params
    net.undo()
    net.undo()
    net.undo()
    assert net.document == before


@pytest.mark.parametrize(
    ("node", "kind", "says"),
    [
        ("conv_1", "flatten", "cannot become a Flatten: .* gives a vector"),
        ("flatten_1", "relu", "cannot become a ReLU"),
        ("relu_1", "dataset", "has a Data set already"),
        ("relu_1", "constant_input", "no place for its connection at 'input'"),
        ("relu_1", "gelo", "no kind"),
    ],
)
def test_a_kind_that_does_not_fit_is_refused_and_nothing_changes(node: str, kind: str, says: str) -> None:
    net = Architecture(golden_document("lenet5"))
    with pytest.raises(DocumentError, match=says):
        net.swap(node, kind)
    assert net.document == golden_document("lenet5")


def test_a_sum_becomes_no_layer_that_takes_one_connection() -> None:
    net = Architecture(golden_document("branches"))
    assert net.swap("add_1", "concatenate").startswith("concat_")
    net.undo()
    with pytest.raises(DocumentError, match="one connection at 'input', and there are 2"):
        net.swap("add_1", "relu")
