"""Every explanation is tried with the exception that torch, Lightning or Python really raises."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from patholearn_lab.errors import CodeError
from patholearn_lab.training.cell import load_cell
from patholearn_lab.training.diagnosis import diagnose
from patholearn_lab.training.explanations import EXPLANATIONS

HEAD = """\
import lightning as L
import torch
import torch.nn.functional as F
from torch import nn
images = torch.rand(4, 1, 8, 8)
scores = torch.rand(4, 3, requires_grad=True)
labels = torch.tensor([0, 1, 2, 0])
"""
FIRST_LINE = HEAD.count("\n") + 1


def failure(tmp_path: Path, code: str) -> CodeError:
    """Run `code` after HEAD as a cell and return what came out of it."""
    with pytest.raises(CodeError) as caught:
        load_cell(HEAD + textwrap.dedent(code), tmp_path)
    return caught.value


CASES = [
    (
        "nn.Linear(10, 3)(torch.rand(4, 12))",
        "expects 10 values for each image, but 12 arrive",
        "Write 12 instead of 10",
    ),
    ("nn.Conv2d(3, 8, 3)(images)", "expects 3 channels, but the image that reaches it has 1", "Write 1 instead of 3"),
    ("nn.BatchNorm2d(8)(images)", "expects 8 channels, but 1 arrive", "Write 1 instead of 8"),
    ("nn.Conv2d(1, 8, 9)(images)", "too small for this layer", "smaller kernel"),
    ("nn.MaxPool2d(9)(images)", "too small for this layer", "pooling"),
    ("nn.Conv2d(1, 8, 3)(torch.rand(4, 100))", "plain values of the shape [4, 100]", "before nn.Flatten()"),
    ("nn.BatchNorm2d(8)(torch.rand(4, 8))", "an input with 4 axes, but gets one with 2", "BatchNorm1d"),
    ("nn.BatchNorm1d(8)(torch.rand(1, 8))", "single value for each channel", "batch size of at least 2"),
    ("images.view(4, 10)", "256 values cannot be arranged in the shape [4, 10]", "x.flatten(1)"),
    ("torch.rand(4, 3, 5, 5) + torch.rand(4, 8, 5, 5)", "same size: 3 and 8", "equal shapes"),
    ("torch.cat([torch.rand(4, 3, 5), torch.rand(4, 3, 6)], 1)", "along axis 1", "heights and widths equal"),
    ("nn.Linear(3, 3)(torch.ones(4, 3, dtype=torch.int64))", "another type than its own (Long and Float)", "x.float()"),
    ("nn.Conv2d(1, 3, 3)(images.double())", "another type than its own", "x.float()"),
    ("F.cross_entropy(scores, torch.tensor([0, 1, 2, 3]))", "there is a class number 3", "one output for each class"),
    ("F.cross_entropy(scores, labels[:3])", "4 rows of scores for 3 images", "nn.Flatten()"),
    ("F.cross_entropy(torch.rand(4, 3, 5, 5), labels)", "gives an image for each image", "Linear layer"),
    ("F.cross_entropy(scores, torch.rand(4))", "class numbers as whole numbers", "labels.long()"),
    ("F.binary_cross_entropy_with_logits(scores, labels)", "scores [4, 3] and labels [4]", "F.cross_entropy"),
    (
        "from torchmetrics.functional import accuracy\naccuracy(scores, labels, task='multiclass', num_classes=10)",
        "another number of classes",
        "num_classes",
    ),
    ("F.cross_entropy(scores.detach(), labels).backward()", "not connected to the network", ".detach()"),
    ("F.cross_entropy(scores, labels, reduction='none').backward()", "the loss has to be one", "loss.mean()"),
    ("loss = (scores ** 2).sum()\nloss.backward()\nloss.backward()", "does it once more", "loss.backward()"),
    ("torch.optim.Adam([])", "no layers with weights", "nn.ModuleList"),
    ("torch.optim.Adam([scores], lr=-1)", "-1 is no possible learning rate", "0.001"),
    ("torch.optim.SGD([scores], momentum=-0.5)", "-0.5 is no possible momentum value", "0 or more"),
    (
        "class Net(L.LightningModule):\n    def __init__(self):\n        self.a = nn.Linear(1, 1)\nNet()",
        "before the network itself is set up",
        "super().__init__()",
    ),
    ("torch.empty(10**13)", "memory is used up", "smaller batch size"),
    ("bytearray(10**15)", "memory is used up", "smaller batch size"),
    ("x = None\nx.shape", "None has no 'shape'", "forgotten return"),
    ("nn.Conv2D(1, 2, 3)", "torch.nn has no 'Conv2D'", "Did you mean 'Conv2d'?"),
    ("nn.Linear(1, 1).wieght", "Linear has no 'wieght'", "Did you mean 'weight'?"),
    ("imges.mean()", "never says what it is", "Did you mean 'images'?"),
    ("import torch_of_olympia", "'torch_of_olympia' is not installed", "Install it"),
    ("from torch.nn import Conv2D", "There is no 'Conv2D' in torch.nn", "spelling"),
    ("nn.Conv2d(1, 2)", "needs more values: 'kernel_size'", "help page"),
    ("nn.Conv2d(1, 2, kernel=3)", "no setting called 'kernel'", "help page"),
    ("def forward(self): ...\nforward(1, 2)", "written for 1 values (self counts), but is called with 2", "batch_idx"),
    ("a, b, c = images[0], labels", "wants 3 values", "images, labels = batch"),
    ("torch.save(torch.zeros(10**6), '/dev/full')", "weights could not be written: the disk is full", "nobody needs"),
    ("import os\nos.write(os.open('/dev/full', os.O_WRONLY), b'x')", "The disk is full", "nobody needs"),
    ("raise PermissionError(13, 'denied', '/etc/secret')", "may not write or read '/etc/secret'", "run's own"),
    ("exit()", "ended the program itself", "Take that line out"),
]


@pytest.mark.parametrize(("code", "message", "hint"), CASES, ids=[case[1] for case in CASES])
def test_what_is_really_raised_is_said_in_plain_words(tmp_path: Path, code: str, message: str, hint: str) -> None:
    error = failure(tmp_path, code)
    assert message in error.message
    assert hint in error.hint
    # The mistake is in the last line of each piece of code, or for the class without super() two lines above it.
    last = FIRST_LINE + code.count("\n")
    assert error.details["line"] in {last, last - 1}


def test_the_layer_is_named_where_that_helps(tmp_path: Path) -> None:
    error = failure(tmp_path, "nn.Sequential(nn.Flatten(), nn.Linear(10, 3))(images)")
    assert "Linear(in_features=10, out_features=3, bias=True)" in error.message
    assert error.details["layer"] == "Linear(in_features=10, out_features=3, bias=True)"


def test_what_no_row_explains_keeps_its_own_words_and_its_line(tmp_path: Path) -> None:
    error = failure(tmp_path, "def deeper():\n    raise KeyError('spleen')\n\ndeeper()")
    assert error.message == "The cell stopped with KeyError: 'spleen'."
    assert error.details["line"] == FIRST_LINE + 1
    assert error.details["exception"] == "KeyError"


def test_the_traceback_begins_in_the_cell_and_does_not_show_where_it_lies(tmp_path: Path) -> None:
    tail = failure(tmp_path, "nn.Linear(10, 3)(torch.rand(4, 12))").details["traceback_tail"]
    assert tail[1] == f'  File "cell.py", line {FIRST_LINE}, in <module>'
    assert tail[2].strip() == "nn.Linear(10, 3)(torch.rand(4, 12))"
    assert tail[-1].startswith("RuntimeError: mat1 and mat2")
    assert str(tmp_path) not in "\n".join(tail)


def test_lines_of_libraries_are_named_as_they_are_imported(tmp_path: Path) -> None:
    tail = failure(tmp_path, "nn.Linear(10, 3)(torch.rand(4, 12))").details["traceback_tail"]
    frames = [line.strip() for line in tail if line.startswith("  File ")]
    assert frames[0] == f'File "cell.py", line {FIRST_LINE}, in <module>'
    assert frames[1].startswith('File "torch/nn/modules/module.py", line ')
    assert frames[-1].startswith('File "torch/nn/modules/linear.py", line ')
    decoding = failure(tmp_path, "import json\njson.loads('{')").details["traceback_tail"]
    assert any(line.startswith('  File "json/decoder.py", line ') for line in decoding)


def test_a_file_that_is_on_no_path_is_named_without_its_folder(tmp_path: Path) -> None:
    code = compile("raise ValueError('spleen')", "/somewhere/else/organ.py", "exec")
    with pytest.raises(ValueError, match="spleen") as caught:
        exec(code, {})
    assert (
        '  File "organ.py", line 1, in <module>'
        in diagnose(caught.value, tmp_path / "cell.py").details["traceback_tail"]
    )


def test_an_error_that_is_plain_already_stays_as_it_is() -> None:
    error = CodeError("No.", "Yes.")
    assert diagnose(error, Path("cell.py")) is error


def test_no_row_can_be_reached_only_by_a_pattern_that_matches_everything_before_others() -> None:
    for number, row in enumerate(EXPLANATIONS):
        if row.pattern.pattern:
            continue
        later = [other.raised for other in EXPLANATIONS[number + 1 :]]
        assert all(not set(raised) <= set(row.raised) for raised in later)


@pytest.mark.parametrize(
    ("code", "line", "words"),
    [
        ("x = (1,\ny = 2\n", 1, "bracket"),
        ("def f():\nreturn 1\n", 2, "four spaces"),
        ("x = 1\n%matplotlib inline\n", 2, "in a notebook only"),
        ("x = 1\n!pip install something\n", 2, "in a notebook only"),
    ],
)
def test_text_that_is_no_python_is_refused_with_its_line(tmp_path: Path, code: str, line: int, words: str) -> None:
    with pytest.raises(CodeError) as caught:
        load_cell(code, tmp_path)
    assert caught.value.details["line"] == line
    assert words in caught.value.hint
    assert f"line {line} of the cell" in caught.value.message
