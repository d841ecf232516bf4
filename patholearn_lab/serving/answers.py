"""What a model says about one image: one kind of answer a task, as it travels. Light: no numpy, no onnxruntime.

Pictures travel as PNG files in base64. A mask is a grey one whose values are class indices.
"""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class _Answer(BaseModel):
    """One output's answer. `output` is the output's name in the model's manifest."""

    model_config = ConfigDict(frozen=True)

    output: str


class ClassAnswer(_Answer):
    """Which class an image is of.

    Parameters
    ----------
    classes, probabilities
        In the order of the network's outputs; the probabilities are 0..1 and sum to 1.
    predicted
        The class with the largest probability.
    truth
        The right class; None where nobody knows it.
    """

    task: Literal["classification"] = "classification"
    classes: tuple[str, ...]
    probabilities: tuple[float, ...]
    predicted: str
    truth: str | None = None

    @property
    def predicted_index(self) -> int:
        """The place of the predicted class among the classes."""
        return self.classes.index(self.predicted)


class LabelAnswer(BaseModel):
    """Whether one label holds.

    Parameters
    ----------
    probability
        0..1, on its own: those of several labels do not sum to 1.
    threshold
        From which probability on the answer is yes.
    present
        The answer.
    truth
        Whether it really holds; None where nobody knows.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    probability: float
    threshold: float
    present: bool
    truth: bool | None = None


class LabelsAnswer(_Answer):
    """Which labels hold for an image: none, one or several."""

    task: Literal["multilabel"] = "multilabel"
    labels: tuple[LabelAnswer, ...]

    @property
    def present(self) -> tuple[str, ...]:
        """The names of the labels whose answer is yes."""
        return tuple(label.name for label in self.labels if label.present)


class ClassArea(BaseModel):
    """How much of an image is of one class.

    Parameters
    ----------
    pixels, share
        Of the predicted mask; the share is of all its pixels.
    true_pixels
        Of the true mask.
    dice, iou
        Overlap with the true mask, 2 TP / (2 TP + FP + FN) and TP / (TP + FP + FN); None where nobody knows the truth,
        or the class is in neither mask.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    pixels: int
    share: float
    true_pixels: int | None = None
    dice: float | None = None
    iou: float | None = None


class MaskAnswer(_Answer):
    """Which class each pixel is of.

    Parameters
    ----------
    mask
        The predicted mask.
    truth
        The true one; None where nobody knows it. A value outside of the classes (255) is a pixel that nobody annotated.
    areas
        One entry a class, in the order of the values in the mask.
    accuracy
        The share of annotated pixels that got the right class; None where nobody knows the truth.
    """

    task: Literal["segmentation"] = "segmentation"
    mask: str
    truth: str | None = None
    areas: tuple[ClassArea, ...]
    accuracy: float | None = None

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """The predicted mask as uint8[H,W], a class index per pixel."""
        return read_png(self.mask)

    @property
    def true_pixels(self) -> NDArray[np.uint8] | None:
        """The true mask as uint8[H,W]; None where nobody knows it."""
        return None if self.truth is None else read_png(self.truth)


class ValueAnswer(BaseModel):
    """One value. `error` is value - truth; both are None where nobody knows the truth."""

    model_config = ConfigDict(frozen=True)

    name: str
    value: float
    truth: float | None = None
    error: float | None = None


class ValuesAnswer(_Answer):
    """Measured values, all in the same `unit`; empty where they have none."""

    task: Literal["regression"] = "regression"
    values: tuple[ValueAnswer, ...]
    unit: str = ""


class ImageAnswer(_Answer):
    """The image as the network gives it back.

    Parameters
    ----------
    image
        The reconstructed image, cut to the values that a picture can have.
    difference
        A grey picture: the mean over the channels of abs(reconstructed - original) in each pixel, drawn so that
        `largest_difference` is white.
    largest_difference
        In pixel values from 0 to 1.
    mean_absolute_error, mean_squared_error
        Over all pixels and channels, in pixel values from 0 to 1.
    """

    task: Literal["reconstruction"] = "reconstruction"
    image: str
    difference: str
    largest_difference: float
    mean_absolute_error: float
    mean_squared_error: float

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """The reconstructed image as uint8[H,W] or uint8[H,W,3]."""
        return read_png(self.image)


Answer = Annotated[
    ClassAnswer | LabelsAnswer | MaskAnswer | ValuesAnswer | ImageAnswer,
    Field(discriminator="task"),
]
"""Any of them; `task` tells which."""


def read_png(picture: str) -> NDArray[np.uint8]:
    """Return a PNG in base64 as an array."""
    import numpy as np
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(base64.b64decode(picture))))
