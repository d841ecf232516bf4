"""How the learning rate changes while a network learns: torch's schedules, and how the cell writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from patholearn_lab.graph.learning.optimizers import OPTIMIZERS
from patholearn_lab.graph.spec import Argument, Values

MODULE = "torch.optim.lr_scheduler"
WARMUP = 0.1
"""The share of the learning rate with which a slow start begins."""
EPOCHS = "self.trainer.max_epochs"
"""How long the training really takes: it may be asked to last longer than the cell's EPOCHS."""


@dataclass(frozen=True)
class Schedule:
    """A schedule of the learning rate.

    Parameters
    ----------
    target
        The class in ``torch.optim.lr_scheduler``.
    arguments
        Those behind the optimizer.
    computed
        Arguments that are an expression, as text.
    configuration
        What Lightning has to know besides: how often it steps, what it watches.
    usual_decay
        The factor where the setting `decay` is left empty.
    """

    target: str
    arguments: tuple[Argument, ...] = ()
    computed: Mapping[str, str] = field(default_factory=dict)
    configuration: Mapping[str, str] = field(default_factory=dict)
    usual_decay: float = 0.1


SCHEDULES: Mapping[str, Schedule] = {
    "step": Schedule("StepLR", (Argument("step_size", "decay_every"), Argument("gamma", "decay"))),
    "exponential": Schedule("ExponentialLR", (Argument("gamma", "decay"),), usual_decay=0.95),
    "cosine": Schedule("CosineAnnealingLR", computed={"T_max": EPOCHS}),
    "one_cycle": Schedule(
        "OneCycleLR",
        (Argument("max_lr", "learning_rate"),),
        computed={"total_steps": "self.trainer.estimated_stepping_batches"},
        configuration={"interval": "step"},
    ),
    "plateau": Schedule(
        "ReduceLROnPlateau",
        (Argument("factor", "decay"), Argument("patience")),
        configuration={"monitor": "valid_loss"},
    ),
    "warmup_cosine": Schedule("SequentialLR"),
}
"""Every schedule but "none". The last one is a LinearLR and a CosineAnnealingLR one after the other."""


def with_momentum(values: Values) -> bool:
    """Return whether the optimizer of an output's settings has a momentum that a one-cycle schedule could change."""
    return OPTIMIZERS[values["optimizer"]].remembers and (values["optimizer"] != "sgd" or values["momentum"] > 0)
