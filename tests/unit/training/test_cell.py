from __future__ import annotations

from pathlib import Path

import pytest

from patholearn_lab.errors import CodeError
from patholearn_lab.training.cell import load_cell

NETWORK = """\
import lightning as L
from torch import nn

EPOCHS = 2 * 3

class Net(L.LightningModule):
    def __init__(self, width=4):
        super().__init__()
        self.layer = nn.Linear(width, 2)
"""


def test_the_model_that_the_cell_makes_is_taken(tmp_path: Path) -> None:
    cell = load_cell(NETWORK + "model = Net(width=7)\n", tmp_path)
    assert cell.class_name == "Net"
    assert cell.model.layer.in_features == 7


def test_without_a_model_an_instance_of_the_class_is_made(tmp_path: Path) -> None:
    assert load_cell(NETWORK, tmp_path).model.layer.in_features == 4


def test_of_several_classes_the_last_one_is_taken(tmp_path: Path) -> None:
    code = NETWORK + "class Wider(Net):\n    def __init__(self):\n        super().__init__(width=9)\n"
    cell = load_cell(code, tmp_path)
    assert (cell.class_name, cell.model.layer.in_features) == ("Wider", 9)


def test_constants_may_be_calculated(tmp_path: Path) -> None:
    assert load_cell(NETWORK, tmp_path).constants["EPOCHS"] == 6


def test_the_text_is_kept_as_it_was(tmp_path: Path) -> None:
    code = NETWORK + "# Größe\n"
    assert load_cell(code, tmp_path).file.read_text(encoding="utf-8") == code


def test_a_cell_without_a_network_says_what_to_keep(tmp_path: Path) -> None:
    with pytest.raises(CodeError, match="holds no network") as caught:
        load_cell("import lightning as L\nx = 1\n", tmp_path)
    assert "L.LightningModule" in caught.value.hint


def test_a_constructor_that_asks_for_values_is_named_with_its_line(tmp_path: Path) -> None:
    code = NETWORK.replace("width=4", "width")
    with pytest.raises(CodeError, match="missing 1 required positional argument: 'width'") as caught:
        load_cell(code, tmp_path)
    assert caught.value.details["line"] == 7
    assert "model = Net(…)" in caught.value.hint


def test_a_type_error_inside_the_constructor_is_not_mistaken_for_a_missing_value(tmp_path: Path) -> None:
    code = NETWORK.replace("nn.Linear(width, 2)", "nn.Linear(width)")
    with pytest.raises(CodeError, match="needs more values: 'out_features'") as caught:
        load_cell(code, tmp_path)
    assert caught.value.details["line"] == 9


def test_an_error_in_the_constructor_has_its_line(tmp_path: Path) -> None:
    with pytest.raises(CodeError) as caught:
        load_cell(NETWORK.replace("nn.Linear(", "nn.Linaer("), tmp_path)
    assert "torch.nn has no 'Linaer'" in caught.value.message
    assert "Did you mean 'Linear'?" in caught.value.hint
    assert caught.value.details["line"] == 9


def test_two_cells_after_one_another_do_not_see_each_other(tmp_path: Path) -> None:
    load_cell(NETWORK + "SECRET = 1\n", tmp_path)
    second = load_cell(NETWORK, tmp_path)
    assert "SECRET" not in second.constants
