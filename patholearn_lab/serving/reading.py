"""How the raw numbers of a network become an answer: one function a task, in one table."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from patholearn_lab.errors import ImageError, ModelNotFoundError
from patholearn_lab.graph.learning.tasks import OBJECTIVES, Scale
from patholearn_lab.serving.answers import (
    Answer,
    ClassAnswer,
    ClassArea,
    ImageAnswer,
    LabelAnswer,
    LabelsAnswer,
    MaskAnswer,
    ValueAnswer,
    ValuesAnswer,
)
from patholearn_lab.serving.preprocess import encode_png

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from patholearn_lab.datasets.preprocessing import Preprocessing
    from patholearn_lab.datasets.truths import Truth
    from patholearn_lab.graph.inputs import Target, Task
    from patholearn_lab.serving.models import ModelOutput


@dataclass(frozen=True)
class Seen:
    """What the model was shown.

    Parameters
    ----------
    image
        uint8[H,W,C], in the model's size and channels; None where there is none.
    preprocessing
        What was done to it before the network.
    truths
        What is right, by target, where somebody knows it.
    """

    image: NDArray[np.uint8] | None
    preprocessing: Preprocessing
    truths: Mapping[Target, Truth] = field(default_factory=dict)

    def truth(self, output: ModelOutput) -> NDArray[Any] | None:
        """Return what is right for an output; None where nobody knows, or its classes are others."""
        truth = self.truths.get(OBJECTIVES[output.task].target)
        return truth.value if truth and truth.names == output.classes else None


def scaled(scores: NDArray[np.float32], scale: Scale) -> NDArray[np.float64]:
    """Return raw scores ``[N,classes,…]`` as people read them; `scale` is that of the output's task."""
    return _SCALES[scale](scores.astype(np.float64))


def read_answer(output: ModelOutput, raw: NDArray[np.float32], seen: Seen) -> Answer:
    """Return what one output says about one image.

    Parameters
    ----------
    output
        The output.
    raw
        What the network gave for that image, without the batch axis.
    seen
        The image, and what is right.

    Raises
    ------
    ModelNotFoundError
        When the network gives no numbers (NaN or infinite): it cannot be used.
    """
    if not np.isfinite(raw).all():
        raise ModelNotFoundError(
            f"The network's output {output.name!r} is not a number for this image.",
            "Its training went wrong (a learning rate that is too large does that). Train it again.",
            output=output.name,
        )
    return READERS[output.task](output, scaled(raw[None], OBJECTIVES[output.task].scale)[0], seen)


def _class(output: ModelOutput, shares: NDArray[np.float64], seen: Seen) -> ClassAnswer:
    true = seen.truth(output)
    return ClassAnswer(
        output=output.name,
        classes=output.classes,
        probabilities=tuple(shares.tolist()),
        predicted=output.classes[int(shares.argmax())],
        truth=None if true is None else output.classes[int(true)],
    )


def _labels(output: ModelOutput, probabilities: NDArray[np.float64], seen: Seen) -> LabelsAnswer:
    true = seen.truth(output)
    rows = zip(output.classes, probabilities.tolist(), output.thresholds, strict=True)
    return LabelsAnswer(
        output=output.name,
        labels=tuple(
            LabelAnswer(
                name=name,
                probability=probability,
                threshold=threshold,
                present=probability >= threshold,
                truth=None if true is None else bool(true[place]),
            )
            for place, (name, probability, threshold) in enumerate(rows)
        ),
    )


def _mask(output: ModelOutput, shares: NDArray[np.float64], seen: Seen) -> MaskAnswer:
    mask, true = shares.argmax(axis=0).astype(np.uint8), seen.truth(output)
    annotated = None if true is None else true < len(output.classes)
    return MaskAnswer(
        output=output.name,
        mask=_png(mask),
        truth=None if true is None else _png(true.astype(np.uint8)),
        areas=tuple(_area(name, mask == value, true, annotated, value) for value, name in enumerate(output.classes)),
        accuracy=None if annotated is None else _ratio(((mask == true) & annotated).sum(), annotated.sum()),
    )


def _area(
    name: str,
    predicted: NDArray[np.bool_],
    true_mask: NDArray[Any] | None,
    annotated: NDArray[np.bool_] | None,
    value: int,
) -> ClassArea:
    pixels, share = int(predicted.sum()), float(predicted.mean())
    if true_mask is None or annotated is None:
        return ClassArea(name=name, pixels=pixels, share=share)
    # What nobody annotated is neither right nor wrong.
    true, counted = true_mask == value, predicted & annotated
    hits, either = int((true & counted).sum()), int((true | counted).sum())
    return ClassArea(
        name=name,
        pixels=pixels,
        share=share,
        true_pixels=int(true.sum()),
        dice=_ratio(2 * hits, hits + either),
        iou=_ratio(hits, either),
    )


def _values(output: ModelOutput, values: NDArray[np.float64], seen: Seen) -> ValuesAnswer:
    true = seen.truth(output)
    truths: Sequence[float | None] = [None] * len(values) if true is None else true.astype(np.float64).tolist()
    return ValuesAnswer(
        output=output.name,
        unit=output.unit,
        values=tuple(
            ValueAnswer(name=name, value=value, truth=truth, error=None if truth is None else value - truth)
            for name, value, truth in zip(output.classes, values.tolist(), truths, strict=True)
        ),
    )


def _image(output: ModelOutput, normalized: NDArray[np.float64], seen: Seen) -> ImageAnswer:
    if seen.image is None:
        raise ImageError("A reconstruction is compared with a picture, and there is none.", "Ask about a picture.")
    preprocessing = seen.preprocessing
    pixels = normalized.transpose(1, 2, 0) * np.asarray(preprocessing.std) + np.asarray(preprocessing.mean)
    pixels = pixels.clip(0, 1)
    off = np.abs(pixels - seen.image / 255)
    by_pixel = off.mean(axis=2)
    largest = float(by_pixel.max())
    return ImageAnswer(
        output=output.name,
        image=_png(np.rint(pixels * 255).astype(np.uint8)),
        difference=_png(np.rint(by_pixel / (largest or 1.0) * 255).astype(np.uint8)),
        largest_difference=largest,
        mean_absolute_error=float(off.mean()),
        mean_squared_error=float((off**2).mean()),
    )


Reader = Callable[["ModelOutput", "NDArray[np.float64]", Seen], Answer]

READERS: Mapping[Task, Reader] = {
    "classification": _class,
    "multilabel": _labels,
    "segmentation": _mask,
    "regression": _values,
    "reconstruction": _image,
}
"""Each is given one image's numbers, scaled, without the batch axis."""


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True))


def _sigmoid(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    # By way of tanh, which overflows for no score.
    return np.asarray((1 + np.tanh(scores / 2)) / 2)


_SCALES: Mapping[Scale, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "softmax": _softmax,
    "sigmoid": _sigmoid,
    "identity": lambda scores: scores,
}


def _png(picture: NDArray[np.uint8]) -> str:
    return base64.b64encode(encode_png(np.atleast_3d(picture))).decode()


def _ratio(part: int, whole: int) -> float | None:
    return float(part) / float(whole) if whole else None
