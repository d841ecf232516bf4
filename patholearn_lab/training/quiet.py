"""Lightning's remarks that would only confuse a student, taken out one by one with the reason.

What is not in the list comes through: a warning that nobody knows may matter.
"""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator

_REMARKS = (
    # The number of workers is chosen from the cores; on two cores more of them made training slower.
    r".*does not have many workers which may be a bottleneck.*",
    # A cell without a validation or test step is fine: the run says so itself, in one sentence.
    r".*You passed in a `?val_dataloader`? but have no `?validation_step`?.*",
    # Both end the training with a CodeError of our own, which says what to write.
    r".*configure_optimizers` returned `None`, this fit will run with no optimizer.*",
    r".*`training_step` returned `None`.*",
    # Whether to use a GPU is Lightning's own choice here (accelerator="auto").
    r".*GPU available but not used.*",
    # Lightning calls something that torch is about to take away; nothing a user could do.
    r".*isinstance\(treespec, LeafSpec\).*is deprecated.*",
    # The size of a batch is the first axis of the images, which is what Lightning guesses.
    r".*Trying to infer the `?batch_size`? from an ambiguous collection.*",
    # The run's folder is new, and what is in it is ours.
    r".*Checkpoint directory .* exists and is not empty.*",
    # A data set smaller than fifty batches is normal in a lesson.
    r".*The number of training batches .* is smaller than the logging interval.*",
    # The figures of an epoch are averaged over the workers by us.
    r".*recommended to use `self.log\(.*sync_dist=True.*",
    # A layout of gradients that costs a copy, in some networks on some processors.
    r".*Grad strides do not match bucket view strides.*",
    # A network of which a part is kept as it was (its layers in eval mode) is a choice of the student.
    r".*Found \d+ module\(s\) in eval mode at the start of training.*",
)

_LOGGERS = ("lightning.pytorch", "lightning.fabric", "lightning.pytorch.utilities.rank_zero")


@contextlib.contextmanager
def quiet_lightning() -> Iterator[None]:
    """Silence the listed remarks, and Lightning's announcements of hardware, seeds and advice."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        for pattern in _REMARKS:
            warnings.filterwarnings("ignore", message=pattern)
        for logger in loggers:
            logger.setLevel(logging.WARNING)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
