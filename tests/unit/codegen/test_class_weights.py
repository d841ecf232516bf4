from __future__ import annotations

import pytest

from patholearn_lab.codegen.class_weights import weigh_classes
from patholearn_lab.errors import CodeError

WEIGHTS = (0.625, 2.5)


@pytest.mark.parametrize(
    ("call", "weighed"),
    [
        (
            "F.cross_entropy(scores, y)",
            "F.cross_entropy(scores, y, weight=scores.new_tensor([0.625, 2.5]))",
        ),
        (
            "torch.nn.functional.cross_entropy(self(x), y)",
            "torch.nn.functional.cross_entropy(self(x), y, weight=torch.tensor([0.625, 2.5], device=y.device))",
        ),
        ("nn.CrossEntropyLoss()", "nn.CrossEntropyLoss(weight=torch.tensor([0.625, 2.5]))"),
        (
            "nn.CrossEntropyLoss(label_smoothing=0.1)",
            "nn.CrossEntropyLoss(label_smoothing=0.1, weight=torch.tensor([0.625, 2.5]))",
        ),
    ],
)
def test_the_loss_gets_the_weights_where_it_stands(call: str, weighed: str) -> None:
    assert weigh_classes(f"a = 1  # mine\nloss = {call}\n", WEIGHTS) == f"a = 1  # mine\nloss = {weighed}\n"


@pytest.mark.parametrize(
    "code",
    [
        "loss = F.mse_loss(a, b)",
        "loss = F.cross_entropy(scores, y, weight=self.weights)",
        "loss = F.cross_entropy(scores, y, weights)",
        "loss = nn.CrossEntropyLoss(weights)",
    ],
)
def test_a_loss_that_takes_no_weights_or_has_its_own_is_told(code: str) -> None:
    with pytest.raises(CodeError, match="cannot weigh the classes"):
        weigh_classes(code, WEIGHTS)
