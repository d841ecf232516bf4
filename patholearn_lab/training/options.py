"""What a training can do besides: stop early, clip, accumulate, average, use half the bits, find its rate, weigh."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field


class FitOptions(BaseModel):
    """The settings under "More". Each is off by default; Lightning does them.

    Parameters
    ----------
    patience
        After how many epochs without a smaller ``valid_loss`` the training stops; None for never.
    clip_gradients
        The largest norm that the gradients of a step may have together; longer ones are shortened.
    accumulate
        Over how many batches gradients are summed up before a step: large batches with the memory of small ones.
    average_weights
        The share that a running mean of the weights keeps at each step, such as 0.99; the mean is validated and kept.
    precision
        32 bits, or 16: float16 on a GPU and bfloat16 elsewhere, where the network allows it; saves memory and time.
    find_learning_rate
        Whether a short run over growing rates chooses the learning rate, in the place of all others.
    class_weights
        How much each class counts in the loss: ``"balanced"`` lets all classes of the training split count the same,
        numbers say it for each class. Written into the cross entropy of the cell that is trained.
    """

    patience: int | None = Field(default=None, ge=1, le=1000, strict=True)
    clip_gradients: float | None = Field(default=None, gt=0, le=1e6, allow_inf_nan=False)
    accumulate: int = Field(default=1, ge=1, le=1000, strict=True)
    average_weights: float | None = Field(default=None, gt=0, lt=1, allow_inf_nan=False)
    precision: Literal[16, 32] = 32
    find_learning_rate: bool = False
    class_weights: Literal["balanced"] | tuple[Annotated[float, Field(ge=0, allow_inf_nan=False)], ...] | None = None
