from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import nbformat
import pytest
import torch
from PIL import Image
from support.graphs import SETS, TINY, golden_document, graph, lookup

from patholearn_lab.codegen import emit_cell, merge_cell, read_graph
from patholearn_lab.codegen.forms import FORMS, Form, emit
from patholearn_lab.errors import CodeError, InvalidInputError
from patholearn_lab.graph.check import check
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.limits import Limits
from patholearn_lab.graph.operations import SetParams, apply
from patholearn_lab.graph.templates import template
from patholearn_lab.testing.graphs import input_shapes, random_graph, random_lookup

CHAIN = template("small_cnn", "tiny", lookup)
BRANCHED = golden_document("branches")


def run(code: str) -> dict[str, Any]:
    """Run code as a cell, and return what it made."""
    space: dict[str, Any] = {"__name__": "cell"}
    exec(compile(code, "<form>", "exec"), space)
    return space


def same_answers(cell: torch.nn.Module, other: torch.nn.Module, *inputs: tuple[int, ...]) -> bool:
    """Return whether two networks with the same weights, in the order of their layers, say the same."""
    weights, others = list(cell.eval().parameters()), list(other.eval().parameters())
    assert [weight.shape for weight in weights] == [weight.shape for weight in others]
    with torch.no_grad():
        for mine, theirs in zip(weights, others, strict=True):
            theirs.copy_(mine)
        batch = [torch.rand(3, *shape) for shape in inputs]
        return torch.allclose(cell(*batch), other(*batch), atol=1e-6)


@pytest.mark.parametrize("form", ["module", "explicit", "script"])
@pytest.mark.parametrize("document", [CHAIN, BRANCHED], ids=["chain", "branches"])
def test_a_form_holds_the_network_of_the_cell(form: Form, document: Document) -> None:
    shape = SETS[str(document.nodes["data"].params["dataset"])]
    cell, other = emit_cell(document, lookup), emit(document, lookup, form)
    code = other.code.partition("\ndata = FolderData(")[0]
    space = run(code)
    model = space.get("model") or space[other.class_name]()
    assert same_answers(run(cell.code)["model"], model, shape.image)


def test_a_chain_is_a_sequential_with_a_line_for_each_layer() -> None:
    cell = emit(CHAIN, lookup, "sequential")
    model = run(cell.code)["model"]
    assert isinstance(model, torch.nn.Sequential)
    assert len(model) == check(CHAIN, lookup).totals.layers
    assert same_answers(run(emit_cell(CHAIN, lookup).code)["model"], model, TINY.image)
    assert "import torch.nn.functional" not in cell.code
    lines = cell.code.splitlines()
    assert "nn.Conv2d" in lines[cell.lines["conv_1"][0] - 1]
    assert "nn.Flatten" in lines[cell.lines["flatten_1"][0] - 1]


def test_a_graph_with_branches_is_no_sequential_and_says_where() -> None:
    with pytest.raises(CodeError, match=r"no chain: conv_1 leads to 2 branches") as caught:
        emit(BRANCHED, lookup, "sequential")
    assert "module" in str(caught.value.hint)


def test_weights_by_the_names_of_layers_are_no_sequentials() -> None:
    document = apply(CHAIN, [SetParams(id="output", params={"weights": "begin.pt"})])
    with pytest.raises(CodeError, match=r"begins with the weights of 'begin\.pt'"):
        emit(document, lookup, "sequential")


def test_padding_of_its_own_is_a_module_too() -> None:
    pool = ("max_pool2d", {"kernel_size": 3, "stride": 2, "same_padding": True})
    nodes = {"data": ("dataset", {"dataset": "tiny"}), "pool_1": pool, "flatten_1": "flatten"}
    nodes |= {"linear_1": ("linear", {"out_features": 10}), "output": "classification_output"}
    document = graph(nodes, *(f"{first}>{second}" for first, second in pairwise(nodes)))  # type: ignore[arg-type]
    model = run(emit(document, lookup, "sequential").code)["model"]
    assert same_answers(run(emit_cell(document, lookup).code)["model"], model, TINY.image)


@pytest.mark.parametrize("seed", range(12))
def test_any_random_graph_has_a_plain_module_with_the_same_answers(seed: int) -> None:
    document = random_graph(Random(seed), layers=6)
    plain = emit(document, random_lookup, "module")
    assert "lightning" not in plain.code
    assert "torchmetrics" not in plain.code
    cell, shapes = emit_cell(document, random_lookup), input_shapes(document)
    assert same_answers(run(cell.code)["model"], run(plain.code)["model"], *shapes)


def test_the_lines_of_a_node_are_where_its_layer_stands_in_every_form() -> None:
    for form in ("module", "explicit", "script"):
        cell = emit(CHAIN, lookup, form)
        lines = cell.code.splitlines()
        assert "self.conv_2 = nn.Conv2d(" in lines[cell.lines["conv_2"][0] - 1]
        assert "F.max_pool2d" in lines[cell.lines["pool_1"][0] - 1]


def test_a_plain_form_needs_no_data_set_and_says_what_it_assumes() -> None:
    cell = emit(template("resnet18"), lookup, "module")
    assert cell.code.splitlines()[1] == "# No data set was chosen: it is for images of 3 × 224 × 224."
    model = run(cell.code)["model"].eval()
    assert model(torch.zeros(1, 3, 224, 224)).shape == (1, 1000)


def test_code_that_needs_more_than_torch_says_what() -> None:
    nodes = {
        "data": ("dataset", {"dataset": "he_tissue"}),
        "net": ("torchvision_model", {"classes": 2}),
        "output": "classification_output",
    }
    document = graph(nodes, "data>net", "net>output")  # type: ignore[arg-type]
    assert "# It needs torchvision besides torch and lightning." in emit_cell(document, lookup).code.splitlines()[:3]
    assert "# It needs torchvision besides torch." in emit(document, lookup, "module").code.splitlines()[:3]
    assert "It needs" not in emit_cell(CHAIN, lookup).code


@pytest.mark.parametrize("form", [form for form in FORMS if form != "notebook"])
def test_every_form_comes_back_and_follows_the_graph(form: Form) -> None:
    code = emit(CHAIN, lookup, form).code
    read = read_graph(code, CHAIN, lookup)
    assert (read.document, read.issues) == (CHAIN, ())
    conv = next(key for key, node in CHAIN.nodes.items() if node.kind == "conv2d")
    changed = apply(CHAIN, [SetParams(id=conv, params={"bias": False})])
    merged = merge_cell(f"{code}# mine\n", CHAIN, changed, lookup)
    assert not merged.conflicts
    assert merged.code == f"{emit(changed, lookup, form).code}# mine\n"


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """Ten class folders with six images each; the class decides how bright they are."""
    for label in range(10):
        (tmp_path / "images" / f"class_{label}").mkdir(parents=True)
        for number in range(6):
            image = Image.new("RGB", (9, 7), (label * 25,) * 3)
            image.save(tmp_path / "images" / f"class_{label}" / f"{number}.png")
    return tmp_path / "images"


def test_the_script_trains_on_a_folder_of_images(folders: Path) -> None:
    script = folders.parent / "train.py"
    torch.save(run(emit_cell(CHAIN, lookup).code)["model"].state_dict(), folders.parent / "begin.pt")
    document = apply(CHAIN, [SetParams(id="output", params={"weights": "begin.pt"})])
    script.write_text(emit(document, lookup, "script").code, encoding="utf-8")
    options = ["--epochs", "1", "--batch-size", "8", "--learning-rate", "0.01", "--device", "cpu"]
    command = [sys.executable, "-W", "ignore", script.name, str(folders), *options]
    # The guard beside a CPU build of torch is a matter of this package, not of the script.
    guarded = [sys.executable, "-W", "ignore", "-c", f"import patholearn_lab, runpy, sys; sys.argv = {command[3:]!r}; "
               "runpy.run_path('train.py', run_name='__main__')"]  # fmt: skip
    finished = subprocess.run(guarded, cwd=folders.parent, capture_output=True, text=True, check=False, timeout=300)
    assert finished.returncode == 0, finished.stderr[-2000:]
    assert "test_accuracy" in finished.stdout
    count = len(torch.load(folders.parent / "begin.pt", weights_only=True))
    assert f"{count} of {count} tensors are from begin.pt" in finished.stdout


def test_the_script_refuses_folders_of_other_classes(folders: Path) -> None:
    space = run(emit(CHAIN, lookup, "script").code)
    (folders / "an eleventh").mkdir()
    with pytest.raises(SystemExit, match="11 class folders; the network has 10 classes"):
        space["ImageFolders"](folders)


def test_images_of_a_folder_are_as_the_network_takes_them(folders: Path) -> None:
    space = run(emit(CHAIN, lookup, "script").code)
    data = space["FolderData"](folders, 4)
    data.setup()
    images, labels = next(iter(data.val_dataloader()))
    assert tuple(images.shape[1:]) == TINY.image
    assert -1 <= images.min() <= images.max() <= 1
    assert labels.dtype == torch.int64
    assert [len(data.splits[name]) for name in ("train", "valid", "test")] == [48, 6, 6]


def test_the_notebook_is_valid_and_its_network_runs() -> None:
    text = emit(CHAIN, lookup, "notebook").code
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert len(code) == 3
    space = run("\n".join(code[:2]))
    assert space["model"](torch.zeros(2, *TINY.image)).shape == (2, 10)
    assert "FolderData" in space
    assert "6,274 parameters" in notebook.cells[0].source


@pytest.mark.parametrize("form", FORMS)
def test_the_same_graph_gives_the_same_bytes(form: Form) -> None:
    moved = {key: node.model_copy(update={"x": 7.0}) for key, node in reversed(CHAIN.nodes.items())}
    assert emit(CHAIN.model_copy(update={"nodes": moved}), lookup, form) == emit(CHAIN, lookup, form)


@pytest.mark.parametrize("form", FORMS)
def test_a_graph_with_errors_has_no_form(form: Form) -> None:
    with pytest.raises(CodeError):
        emit(graph({"data": ("dataset", {"dataset": "tiny"}), "output": "classification_output"}), lookup, form)


def test_a_form_that_does_not_exist_is_told_with_those_that_do() -> None:
    with pytest.raises(InvalidInputError, match="no form 'poem'"):
        emit(CHAIN, lookup, "poem")  # type: ignore[arg-type]


def test_no_code_is_written_beyond_the_limits() -> None:
    with pytest.raises(CodeError, match="15 layers, but 3 are allowed"):
        emit(CHAIN, lookup, "cell", Limits(layers=3))


def test_the_name_of_a_graph_cannot_leave_its_docstring() -> None:
    named = CHAIN.model_copy(update={"meta": CHAIN.meta.model_copy(update={"name": 'a """ b \\'})})
    compile(emit(named, lookup, "script").code, "<script>", "exec")
