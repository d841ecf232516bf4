"""A loss that is no number any more: since when, in which layer, and at which learning rate."""

from __future__ import annotations

import lightning as L
import torch

from patholearn_lab.errors import CodeError


def not_finite(what: str, value: float, trainer: L.Trainer, last_good: int | None = None) -> CodeError:
    """Return the error of a loss that became NaN or infinite.

    Parameters
    ----------
    what
        Which value it is, as the beginning of a sentence.
    value
        What it became.
    trainer
        Tells the epoch, the learning rate and the network.
    last_good
        The last step whose loss was looked at and was a number; None where there was none.

    Returns
    -------
    CodeError
        Its details have ``cause``, ``epoch`` (from 1), ``step``, ``layer`` (the first parameter that is no number any
        more) and ``changes``, the settings to try.
    """
    epoch, step = int(trainer.current_epoch) + 1, int(trainer.global_step)
    since = (
        f"between the steps {last_good} and {step}" if last_good is not None and last_good < step else f"at step {step}"
    )
    layer = first_broken(trainer.lightning_module)
    where = f" The first weights that are no numbers are those of {layer!r}." if layer else ""
    rates = [group["lr"] for optimizer in trainer.optimizers for group in optimizer.param_groups]
    lower = float(f"{rates[0] / 10:.1g}") if rates else None
    rate = f" It is {rates[0]:g} now; try {lower:g}." if lower is not None else ""
    return CodeError(
        f"{what} became {value} in epoch {epoch}, {since}: the training has diverged, and the network cannot recover "
        f"from it.{where}",
        f"The usual cause is a learning rate that is too large.{rate} A logarithm or a division by zero does it too.",
        line=None,
        traceback_tail=[],
        cause="not_finite",
        epoch=epoch,
        step=step,
        layer=layer,
        changes={"learning_rate": lower} if lower else {},
    )


def first_broken(model: torch.nn.Module) -> str | None:
    """Return the name of the first layer with a weight that is NaN or infinite; None where all are numbers."""
    for name, parameter in model.named_parameters():
        if not bool(torch.isfinite(parameter).all()):
            return name.rpartition(".")[0] or name
    return None
