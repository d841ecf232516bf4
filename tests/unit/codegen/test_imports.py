from __future__ import annotations

import pytest

from patholearn_lab.codegen.imports import as_imported, import_lines


def test_imports_stand_in_the_order_of_isort() -> None:
    given = ["from torch import nn", "import torchmetrics", "import math", "import lightning as L", "import torch"]
    expected = ["import math", "", "import lightning as L", "import torch", "import torchmetrics"]
    assert import_lines(given) == [*expected, "from torch import nn"]
    assert import_lines(reversed(given)) == import_lines([*given, *given])


def test_imports_of_one_part_stand_without_a_blank_line() -> None:
    assert import_lines(["import timm"]) == ["import timm"]
    assert import_lines(["import math"]) == ["import math"]


@pytest.mark.parametrize(
    ("target", "statements", "written"),
    [
        ("torch.nn.Conv2d", [], "nn.Conv2d"),
        ("torch.nn.functional.relu", [], "F.relu"),
        ("torch.cat", [], "torch.cat"),
        ("torchvision.models.resnet18", ["from torchvision.models import resnet18"], "resnet18"),
        ("torchvision.models.resnet18", ["from torchvision import models"], "models.resnet18"),
        ("torchvision.models.resnet18", ["import torchvision"], "torchvision.models.resnet18"),
        ("segmentation_models_pytorch.Unet", ["import segmentation_models_pytorch as smp"], "smp.Unet"),
        ("SqueezeExcitation", [], "SqueezeExcitation"),
        ("timmy.create", ["import timm as t"], "timmy.create"),
    ],
)
def test_a_name_is_written_as_its_import_lets_it_be(target: str, statements: list[str], written: str) -> None:
    assert as_imported(target, statements) == written
