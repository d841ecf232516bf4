"""A prediction as a notebook shows it without a widget: pictures and tables in plain HTML, one view a task."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from patholearn_lab.graph.colors import class_color
from patholearn_lab.serving.answers import (
    Answer,
    ClassAnswer,
    ImageAnswer,
    LabelsAnswer,
    MaskAnswer,
    ValuesAnswer,
    read_png,
)

if TYPE_CHECKING:
    from patholearn_lab.client.models import PredictionResult

_PICTURE_PX = 192


def prediction_html(result: PredictionResult) -> str:
    """Return `result` as HTML: the image, and what each output says about it."""
    sample = result.sample
    of = f"image {sample.index} of {sample.dataset}" if sample else "an image of your own"
    head = f"<p><b>{escape(result.model.name)}</b> version {result.model.version}, {escape(of)}</p>"
    parts = [_answer(answer, result.image, named=len(result.answers) > 1) for answer in result.answers]
    return f'<div style="font-size: 13px">{head}{"".join(parts)}</div>'


def _answer(answer: Answer, image: str, *, named: bool) -> str:
    pictures, table = _VIEWS[answer.task](answer, image)
    figures = "".join(_figure(caption, picture) for caption, picture in pictures)
    name = f"<p><b>{escape(answer.output)}</b></p>" if named else ""
    row = 'style="display: flex; flex-wrap: wrap; gap: 16px; align-items: flex-start; margin-bottom: 12px"'
    return f"{name}<div {row}>{figures}<div>{table}</div></div>"


_View = tuple[Sequence[tuple[str, str]], str]
"""Pictures with their captions, and a table."""


def _class(answer: ClassAnswer, image: str) -> _View:
    rows = [
        (name, f"{probability:.1%}", _mark(name == answer.predicted, "predicted"), _mark(name == answer.truth, "true"))
        for name, probability in zip(answer.classes, answer.probabilities, strict=True)
    ]
    return [("as the model saw it", image)], _table(("Class", "Probability", "", ""), rows)


def _labels(answer: LabelsAnswer, image: str) -> _View:
    rows = [
        (label.name, f"{label.probability:.1%}", f"{label.threshold:.0%}", _yes(label.present), _yes(label.truth))
        for label in answer.labels
    ]
    return [("as the model saw it", image)], _table(("Label", "Probability", "Yes from", "Answer", "Truth"), rows)


def _mask(answer: MaskAnswer, image: str) -> _View:
    rows = [
        (area.name, f"{area.pixels:,}", f"{area.share:.1%}", _number(area.dice), _number(area.iou))
        for area in answer.areas
    ]
    swatches = [class_color(value) for value in range(len(rows))]
    pictures = [("as the model saw it", image), ("the predicted mask over it", _over(image, answer.mask))]
    if answer.truth is not None:
        pictures.append(("the true mask over it", _over(image, answer.truth)))
    return pictures, _table(("Class", "Pixels", "Share", "Dice", "IoU"), rows, swatches)


def _values(answer: ValuesAnswer, image: str) -> _View:
    rows = [(row.name, _number(row.value), _number(row.truth), _number(row.error)) for row in answer.values]
    unit = f" ({answer.unit})" if answer.unit else ""
    return [("as the model saw it", image)], _table(("Name", f"Value{unit}", "Truth", "Error"), rows)


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

    values = read_png(mask)
    # What nobody annotated (a value outside of the classes) would get a color; the truth leaves it clear.
    painted = overlay(read_png(image), values * (values < 255))
    return base64.b64encode(encode_png(painted)).decode()


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
        body += f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
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
    return "" if answer is None else "yes" if answer else "no"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
