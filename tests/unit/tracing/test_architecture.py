"""The public `Architecture` knows the built-in data sets by itself."""

from __future__ import annotations

import patholearn_lab as lab
from patholearn_lab.datasets.builtins import BUILTINS, builtin_shape
from patholearn_lab.graph import architecture


def test_a_template_fits_a_built_in_set_without_a_server() -> None:
    net = lab.Architecture.from_template("lenet5", dataset="he_tissue")
    assert net.document.nodes["linear_3"].params["out_features"] == 2
    assert net.check().runnable
    assert net.check().nodes["conv_1"].outputs == {"output": (6, 60, 60)}
    assert "6 × 60 × 60" in net.to_svg()


def test_its_code_goes_out_and_comes_back_without_a_server() -> None:
    net = lab.Architecture.from_template("lenet5", dataset="he_tissue")
    edited = net.to_code().code.replace("nn.Conv2d(3, 6", "nn.Conv2d(3, 9")
    read = net.update_from_code(edited)
    # The next layer still says 6: the graph knows better, and the reader tells the line.
    assert [(issue.code, issue.node) for issue in read.issues] == [("size_contradicts", "conv_2")]
    assert net.document.nodes["conv_1"].params["out_channels"] == 9


def test_a_set_that_nobody_knows_has_no_shapes() -> None:
    net = lab.Architecture.from_template("lenet5", dataset="somebody_elses")
    assert [issue.code for issue in net.check().issues if issue.severity == "error"] == ["unknown_dataset"]


def test_the_graph_itself_knows_no_data_sets() -> None:
    assert architecture.Architecture.from_template("lenet5", dataset="he_tissue").check().runnable is False


def test_every_built_in_set_has_a_shape() -> None:
    assert all(builtin_shape(id) is not None for id in BUILTINS)
    assert builtin_shape("somebody_elses") is None
