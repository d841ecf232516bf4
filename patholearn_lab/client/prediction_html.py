"""A prediction as a notebook shows it without a widget: pictures and tables in plain HTML, one view a task."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from patholearn_lab.graph.colors import class_color
from patholearn_lab.serving.answers import (
    ClassAnswer,
    ImageAnswer,
    LabelsAnswer,
    MaskAnswer,
    ValuesAnswer,
    read_png,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from patholearn_lab.client.models import PredictionResult

_PICTURE_PX = 192


def prediction_html(result: PredictionResult) -> str:
    """Return `result` as HTML: the image, and what each output says about it."""
    sample = result.sample
    of = f"image {sample.index} of {sample.dataset}" if sample else "an image of your own"
    head = f"<p><b>{escape(result.model.name)}</b> version {result.model.version}, {escape(of)}</p>"
    views = [_VIEWS[answer.task](answer, result.image or "") for answer in result.answers]
    alone = [("as the model saw it", result.image)] if result.image else []
    plain = [place for place, (pictures, _) in enumerate(views) if not pictures]
    rows = []
    for place, (answer, (pictures, table)) in enumerate(zip(result.answers, views, strict=True)):
        # Views without pictures of their own share one.
        shown = alone if place in plain[:1] else pictures
        rows.append(_row(answer.output if len(views) > 1 else "", shown, table))
    given = ", ".join(f"{escape(name)} {_number(value)}" for name, value in result.features.items())
    table = f"<p>{given}</p>" if given else ""
    return f'<div style="font-size: 13px">{head}{table}{"".join(rows)}</div>'


def _row(name: str, pictures: Sequence[tuple[str, str]], table: str) -> str:
    figures = "".join(_figure(caption, picture) for caption, picture in pictures)
    title = f"<p><b>{escape(name)}</b></p>" if name else ""
    look = "display: flex; flex-wrap: wrap; gap: 16px; align-items: flex-start; margin-bottom: 12px"
    return f'{title}<div style="{look}">{figures}<div>{table}</div></div>'


_View = tuple[Sequence[tuple[str, str]], str]
"""Pictures with their captions, where a view has its own, and a table."""


def _class(answer: ClassAnswer, _image: str) -> _View:
    rows = [
        (name, _percent(probability), _mark(name == answer.predicted, "predicted"), _mark(name == answer.truth, "true"))
        for name, probability in zip(answer.classes, answer.probabilities, strict=True)
    ]
    return (), _table(("Class", "Probability", "", ""), rows)


def _labels(answer: LabelsAnswer, _image: str) -> _View:
    rows = [
        (label.name, _percent(label.probability), _percent(label.threshold), _yes(label.present), _yes(label.truth))
        for label in answer.labels
    ]
    return (), _table(("Label", "Probability", "Yes from", "Answer", "Truth"), rows)


def _mask(answer: MaskAnswer, image: str) -> _View:
    rows = [
        (area.name, f"{area.pixels:,}", _percent(area.share), _number(area.dice), _number(area.iou))
        for area in answer.areas
    ]
    swatches = [class_color(value) for value in range(len(rows))]
    pictures = [("as the model saw it", image), ("the predicted mask over it", _over(image, answer.mask))]
    if answer.truth is not None:
        pictures.append(("the true mask over it", _over(image, answer.truth)))
    return pictures, _table(("Class", "Pixels", "Share", "Dice", "IoU"), rows, swatches)


def _values(answer: ValuesAnswer, _image: str) -> _View:
    rows = [(row.name, _number(row.value), _number(row.truth), _number(row.error)) for row in answer.values]
    unit = f" ({answer.unit})" if answer.unit else ""
    return (), _table(("Name", f"Value{unit}", "Truth", "Error"), rows)


def _image(answer: ImageAnswer, image: str) -> _View:
    pictures = [("original", image), ("given back", answer.image), ("difference", answer.difference)]
    rows = [
        ("mean absolute error", _number(answer.mean_absolute_error)),
        ("mean squared error", _number(answer.mean_squared_error)),
        ("white in the difference", _number(answer.largest_difference)),
    ]
    return pictures, _table(("In pixel values from 0 to 1", ""), rows)


_VIEWS: Mapping[str, Callable[[Any, str], _View]] = {
    "classification": _class,
    "multilabel": _labels,
    "segmentation": _mask,
    "regression": _values,
    "reconstruction": _image,
}


def _over(image: str, mask: str) -> str:
    from patholearn_lab.serving.overlay import overlay
    from patholearn_lab.serving.preprocess import encode_png

    # Larger first, so that the outlines in small pictures stay fine.
    picture, values = (_enlarged(read_png(part)) for part in (image, mask))
    # What nobody annotated stays clear, as the background does.
    painted = overlay(picture, values * (values < 255))
    return base64.b64encode(encode_png(painted)).decode()


def _enlarged(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    factor = max(1, round(_PICTURE_PX / pixels.shape[1]))
    return pixels.repeat(factor, axis=0).repeat(factor, axis=1)


def _figure(caption: str, picture: str) -> str:
    size = f"width: {_PICTURE_PX}px; image-rendering: pixelated; display: block"
    source = f"data:image/png;base64,{picture}"
    return (
        f'<figure style="margin: 0"><img style="{size}" alt="{escape(caption)}" src="{source}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _table(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    swatches: Sequence[tuple[int, int, int] | None] = (),
) -> str:
    head = "".join(f'<th scope="col" style="text-align: left">{escape(text)}</th>' for text in heads)
    body = ""
    for place, row in enumerate(rows):
        cells = [f"{'' if column else _swatch(place, swatches)}{escape(cell)}" for column, cell in enumerate(row)]
        body += "".join(["<tr>", *(f'<td style="text-align: left">{cell}</td>' for cell in cells), "</tr>"])
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _swatch(place: int, swatches: Sequence[tuple[int, int, int] | None]) -> str:
    if not swatches:
        return ""
    color = swatches[place]
    fill = "transparent" if color is None else f"rgb{color}"
    look = f"display: inline-block; width: 10px; height: 10px; margin-right: 6px; border: 1px solid; background: {fill}"
    return f'<span style="{look}"></span>'


def _mark(holds: bool, word: str) -> str:
    return word if holds else ""


def _yes(answer: bool | None) -> str:
    return "–" if answer is None else "yes" if answer else "no"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
