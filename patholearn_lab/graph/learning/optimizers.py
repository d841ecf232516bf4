"""The optimizers: torch's classes, and which of an output's settings each takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from patholearn_lab.graph.spec import Argument


@dataclass(frozen=True)
class Optimizer:
    """A rule by which weights change.

    Parameters
    ----------
    target
        Its class.
    arguments
        Those behind ``self.parameters()``.
    remembers
        Whether it keeps a part of the last step, which a one-cycle schedule changes along with the rate.
    """

    target: str
    arguments: tuple[Argument, ...]
    remembers: bool = False


_RATE = Argument("lr", "learning_rate")
_DECAY = Argument("weight_decay", default=0.0)

OPTIMIZERS: Mapping[str, Optimizer] = {
    "adam": Optimizer("torch.optim.Adam", (_RATE, _DECAY), remembers=True),
    # AdamW's own default is 0.01.
    "adamw": Optimizer("torch.optim.AdamW", (_RATE, Argument("weight_decay", default=0.01)), remembers=True),
    "sgd": Optimizer("torch.optim.SGD", (_RATE, Argument("momentum", default=0.0), _DECAY), remembers=True),
    "rmsprop": Optimizer("torch.optim.RMSprop", (_RATE, _DECAY)),
    "adagrad": Optimizer("torch.optim.Adagrad", (_RATE, _DECAY)),
    "nadam": Optimizer("torch.optim.NAdam", (_RATE, _DECAY), remembers=True),
    "radam": Optimizer("torch.optim.RAdam", (_RATE, _DECAY), remembers=True),
}
