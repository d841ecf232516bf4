"""A network for an image and a table is written as a researcher would, and comes back from every edit."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
import torch
from PIL import Image
from support.graphs import GOLDEN, PATIENTS, graph, lookup

from patholearn_lab.codegen import emit_cell, read_cell
from patholearn_lab.codegen.forms import Form, emit
from patholearn_lab.codegen.merge import merge_cell
from patholearn_lab.codegen.to_graph import read_graph
from patholearn_lab.errors import CodeError
from patholearn_lab.graph.check import check
from patholearn_lab.graph.document import Document, Meta
from patholearn_lab.graph.grouping import group
from patholearn_lab.graph.inputs import no_datasets
from patholearn_lab.graph.operations import SetKind, SetParams, apply
from patholearn_lab.graph.templates import template

BOTH = template("image_and_table", "patients", lookup)
TABLE = template("mlp", "patients", lookup)
CELL = emit_cell(BOTH, lookup).code


def space_of(code: str) -> dict[str, Any]:
    space: dict[str, Any] = {"__name__": "cell"}
    exec(compile(code, "<cell>", "exec"), space)
    return space


def model_of(code: str) -> Any:
    return space_of(code)["model"]


def test_the_template_gives_the_golden_cell() -> None:
    assert (GOLDEN / "cells" / "image_and_table.py").read_text(encoding="utf-8") == CELL


def test_forward_takes_both_and_a_batch_has_both() -> None:
    assert 'INPUTS = ["images", "features"]\n' in CELL
    assert "    def forward(self, image, features):  # 3 × 32 × 32 and 3\n        x = self.conv_1(image)" in CELL
    assert "        (images, features), labels = batch\n        scores = self(images, features)\n" in CELL
    assert read_cell(CELL).inputs == ("images", "features")
    scores = model_of(CELL)(torch.rand(2, *PATIENTS.image), torch.rand(2, 3))
    assert scores.shape == (2, 2)


def test_a_step_learns_from_both() -> None:
    model = model_of(CELL)
    batch = ((torch.rand(2, *PATIENTS.image), torch.rand(2, 3)), torch.tensor([0, 1]))
    model.log = model.log_dict = lambda *_, **__: None
    model.training_step(batch, 0).backward()
    assert all(weight.grad is not None for weight in model.parameters())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twenty images of two classes, of which each has a row in metadata.csv, and a column that nobody asked for."""
    rows = ["file_name,remark,marker,age,smoker"]
    for number in range(20):
        name = f"{'tumor' if number % 2 else 'normal'}/{number}.png"
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (9, 7), (number * 10,) * 3).save(tmp_path / name)
        rows.append(f"{name},fine,{number},{50 + number},1")
    (tmp_path / "metadata.csv").write_text("\n".join(rows), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("form", ["explicit", "script", "notebook"])
def test_a_program_of_its_own_reads_the_table_beside_the_images(folder: Path, form: Form) -> None:
    code = emit(BOTH, lookup, form).code
    if form == "notebook":
        sources = [cell.source for cell in nbformat.reads(code, as_version=4).cells if cell.cell_type == "code"]
        code = "\n".join(sources[:2])
    space = space_of(code.partition("\ndata = FolderData(")[0])
    data = space["FolderData"](folder, 16)
    data.setup()
    (images, features), _ = next(iter(data.train_dataloader()))
    assert images.shape == (16, *PATIENTS.image)
    torch.testing.assert_close(features.mean(dim=0), torch.zeros(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(features.std(dim=0, correction=0), torch.tensor([1.0, 0.0, 1.0]), atol=1e-5, rtol=0)
    # Age and marker of a sample differ by the same number everywhere, so each row was found for its image.
    torch.testing.assert_close(features[:, 0], features[:, 2])
    torch.testing.assert_close(features[:, 0].argsort(), images.mean(dim=(1, 2, 3)).argsort())
    model = space.get("model") or space["ImageAndTable"]()
    assert model(images, features).shape == (16, 2)


def test_a_program_for_the_table_alone_opens_no_image(folder: Path) -> None:
    code = emit(TABLE, lookup, "explicit").code
    assert "PIL" not in code
    space = space_of(code.partition("\ndata = FolderData(")[0])
    data = space["FolderData"](folder, 4)
    data.setup()
    features, _ = next(iter(data.val_dataloader()))
    assert space["model"](features).shape == (2, 2)


def test_splits_in_folders_have_a_table_each_and_the_training_scales_all(folder: Path) -> None:
    for split in ("train", "valid", "test"):
        shutil.copytree(folder / "normal", folder / split / "normal")
        shutil.copytree(folder / "tumor", folder / split / "tumor")
        shift = 100 if split == "valid" else 0
        rows = [f"{'tumor' if n % 2 else 'normal'}/{n}.png,{n + shift},{n},{n}" for n in range(20)]
        (folder / split / "metadata.csv").write_text("\n".join(["file_name,marker,age,smoker", *rows]))
    space = space_of(emit(TABLE, lookup, "script").code)
    data = space["FolderData"](folder, 20)
    data.setup()
    seen, later = data.splits["train"].features, data.splits["valid"].features
    apart = float(100 / torch.arange(20.0).std(correction=0))
    torch.testing.assert_close(later[:, 2] - seen[:, 2], torch.full((20,), apart))


@pytest.mark.parametrize("document", [BOTH, TABLE], ids=["both", "table"])
def test_the_short_form_takes_the_same_steps_and_comes_back(document: Document) -> None:
    code = emit(document, lookup, "compact").code
    written, short = model_of(emit_cell(document, lookup).code).eval(), model_of(code).eval()
    short.load_state_dict(written.state_dict())
    parts = {"images": torch.rand(2, *PATIENTS.image), "features": torch.rand(2, 3)}
    given = tuple(parts[name] for name in read_cell(code).inputs)
    batch = (given if len(given) > 1 else given[0], torch.tensor([0, 1]))
    for model in (written, short):
        model.log = model.log_dict = lambda *_, **__: None
    torch.testing.assert_close(short.training_step(batch, 0), written.training_step(batch, 0))
    assert read_graph(code, document, lookup).document == document


def test_a_table_alone_is_the_one_input() -> None:
    code = emit_cell(TABLE, lookup).code
    assert 'INPUTS = ["features"]\n' in code
    assert "    def forward(self, x):  # 3\n" in code
    assert "        features, labels = batch\n        scores = self(features)\n" in code
    assert model_of(code)(torch.rand(2, 3)).shape == (2, 2)


def test_a_table_that_nobody_uses_changes_nothing_in_the_cell() -> None:
    plain = template("small_cnn", "patients", lookup)
    with_table = plain.model_copy(update={"nodes": {**plain.nodes, "table": BOTH.nodes["table"]}})
    assert emit_cell(with_table, lookup).code == emit_cell(plain, lookup).code
    assert read_graph(emit_cell(plain, lookup).code, with_table, lookup).document == with_table


@pytest.mark.parametrize("document", [BOTH, TABLE], ids=["both", "table"])
def test_an_unedited_cell_is_the_document_that_it_came_from(document: Document) -> None:
    read = read_graph(emit_cell(document, lookup).code, document, lookup)
    assert read.document == document
    assert (read.issues, read.operations) == ((), ())


@pytest.mark.parametrize("document", [BOTH, TABLE], ids=["both", "table"])
def test_a_cell_alone_gives_a_graph_with_the_same_cell(document: Document) -> None:
    code = emit_cell(document, lookup).code
    read = read_graph(code, Document(meta=Meta(id="new", name=document.meta.name)), lookup)
    assert (read.issues, read.complete) == ((), True)
    assert check(read.document, lookup).runnable
    assert model_of(emit_cell(read.document, lookup).code).state_dict().keys() == model_of(code).state_dict().keys()


@pytest.mark.parametrize("document", [BOTH, TABLE], ids=["both", "table"])
def test_an_unedited_module_is_the_document_that_it_came_from(document: Document) -> None:
    code = emit(document, lookup, "module").code
    assert "INPUTS" not in code
    read = read_graph(code, document, lookup)
    assert read.document == document
    assert (read.issues, read.operations) == ((), ())


def test_without_data_a_module_takes_as_many_features_as_the_table_says() -> None:
    document = apply(template("image_and_table"), [SetParams(id="table", params={"features": 5})])
    code = emit(document, no_datasets, "module").code
    assert code.splitlines()[1] == "# No data set was chosen: it is for images of 3 × 224 × 224 and rows of features."
    assert model_of(code)(torch.rand(2, 3, 224, 224), torch.rand(2, 5)).shape == (2, 2)
    constant = apply(
        document, [SetKind(id="data", kind="constant_input"), SetParams(id="data", params={"dataset": None})]
    )
    assert model_of(emit(constant, no_datasets, "module").code)(torch.rand(2, 3, 64, 64), torch.rand(2, 5)).shape == (
        2,
        2,
    )


def test_a_chain_behind_a_table_is_a_sequential_too() -> None:
    code = emit(TABLE, lookup, "sequential").code
    assert model_of(code)(torch.rand(2, 3)).shape == (2, 2)
    with pytest.raises(CodeError, match="no chain"):
        emit(BOTH, lookup, "sequential")


def test_a_block_may_take_both() -> None:
    inside = [key for key in BOTH.nodes if key.split("_")[0] in ("conv", "norm", "relu", "pool", "flatten", "concat")]
    _, operations = group(BOTH, [*(key for key in inside if key != "relu_5"), "linear_1"], "Both")
    document = apply(BOTH, operations)
    code = emit_cell(document, lookup).code
    assert "        x = self.both_1(image, features)" in code
    assert read_graph(code, document, lookup).document == document


def test_a_layer_called_features_does_not_take_the_arguments_name() -> None:
    document = graph(
        {
            "data": ("dataset", {"dataset": "patients"}),
            "table": "table_input",
            "features": ("linear", {"out_features": 4}),
            "image": "flatten",
            "concat_1": "concatenate",
            "linear_1": ("linear", {"out_features": 2}),
            "output": "classification_output",
        },
        "data>image",
        "table>features",
        "image>concat_1",
        "features>concat_1",
        "concat_1>linear_1",
        "linear_1>output",
    )
    cell = emit_cell(document, lookup)
    assert cell.names["features"] == "features_layer"
    assert model_of(cell.code)(torch.rand(2, *PATIENTS.image), torch.rand(2, 3)).shape == (2, 2)
    assert read_graph(cell.code, document, lookup).document == document


def test_a_code_node_with_a_name_of_an_argument_leaves_the_argument_alone() -> None:
    free = {"code": "features = x * 2\nx = features + 1", "shape": str(PATIENTS.image).strip("()")}
    document = graph(
        {
            "data": ("dataset", {"dataset": "patients"}),
            "table": "table_input",
            "code_1": ("code", free),
            "flatten_1": "flatten",
            "concat_1": "concatenate",
            "linear_1": ("linear", {"out_features": 2}),
            "output": "classification_output",
        },
        "data>code_1",
        "code_1>flatten_1",
        "flatten_1>concat_1",
        "table>concat_1",
        "concat_1>linear_1",
        "linear_1>output",
    )
    code = emit_cell(document, lookup).code
    assert "code_1_features = " in code
    assert model_of(code)(torch.rand(2, *PATIENTS.image), torch.rand(2, 3)).shape == (2, 2)
    assert read_graph(code, document, lookup).document == document


def test_what_an_author_changes_in_the_branch_of_the_table_comes_back() -> None:
    code = CELL.replace("self.linear_1 = nn.Linear(3, ", "self.linear_1 = nn.Linear(3, 1")
    read = read_graph(code, BOTH, lookup)
    assert [operation.id for operation in read.operations if isinstance(operation, SetParams)] == ["linear_1"]


def test_a_cell_without_the_table_any_more_gives_a_graph_without_it() -> None:
    plain = template("small_cnn", "patients", lookup)
    read = read_graph(emit_cell(plain, lookup).code, BOTH, lookup)
    assert read.complete
    assert "table" not in read.document.nodes
    assert check(read.document, lookup).runnable


def test_a_second_argument_without_a_word_is_taken_for_the_table() -> None:
    code = CELL.replace('INPUTS = ["images", "features"]\n', "")
    read = read_graph(code, Document(meta=Meta(id="new", name="Own")), lookup)
    assert [(one.code, one.severity) for one in read.issues] == [("inputs_not_said", "warning")]
    assert "'features' beside the image" in read.issues[0].message
    assert check(read.document, lookup).runnable


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('["images", "features"]', '["images", "genes"]', "unknown_input"),
        ("def forward(self, image, features):", "def forward(self, image):", "inputs_differ"),
    ],
)
def test_inputs_that_cannot_be_are_said_with_their_line(old: str, new: str, code: str) -> None:
    edited = CELL.replace(old, new)
    (found, *_) = [one for one in read_graph(edited, BOTH, lookup).issues if one.code == code]
    assert new in edited.splitlines()[found.line - 1]


def test_a_table_comes_into_a_cell_that_somebody_edited() -> None:
    old = graph(
        {
            "data": ("dataset", {"dataset": "patients"}),
            "conv_1": ("conv2d", {"out_channels": 4}),
            "pool_1": "adaptive_avg_pool2d",
            "flatten_1": "flatten",
            "linear_1": ("linear", {"out_features": 2}),
            "output": "classification_output",
        },
        "data>conv_1",
        "conv_1>pool_1",
        "pool_1>flatten_1",
        "flatten_1>linear_1",
        "linear_1>output",
    )
    new = graph(
        {
            **{key: (node.kind, dict(node.params)) for key, node in old.nodes.items()},
            "table": "table_input",
            "concat_1": "concatenate",
        },
        "data>conv_1",
        "conv_1>pool_1",
        "pool_1>flatten_1",
        "flatten_1>concat_1",
        "table>concat_1",
        "concat_1>linear_1",
        "linear_1>output",
    )
    edited = emit_cell(old, lookup).code.replace(
        "        x = self.conv_1(x)", "        # the texture\n        x = self.conv_1(x)"
    )
    merged = merge_cell(edited, old, new, lookup)
    assert merged.conflicts == ()
    assert "# the texture\n        x = self.conv_1(image)" in merged.code
    assert read_graph(merged.code, new, lookup).document == new
    back = merge_cell(merged.code, new, old, lookup)
    assert (back.code, back.conflicts) == (edited, ())
