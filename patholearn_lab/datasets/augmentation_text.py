"""The text language in which DeepHealth's ECVL says augmentations, read into :class:`Augmentation` and printed back.

A line is a step with ``name=value`` pairs. A value is a number, a ``"text"``, a list ``(1,2)`` or a range ``[-5,5]`` of
which a number is drawn. Containers hold the lines down to their ``end``::

    SequentialAugmentationContainer
      AugRotate angle=[-5,5] center=(0,0) interp="linear"
      OneOfAugmentationContainer p=0.5
        AugAdditiveLaplaceNoise std_dev=[0,51]
        AugAdditivePoissonNoise lambda=[0,40]
      end
    end

The text is taken apart character by character and never run. Steps that ECVL does not have are called likewise, such as
``AugStain``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, get_args

from pydantic import TypeAdapter, ValidationError

from patholearn_lab.datasets.augmentation import MAX_DEPTH, MAX_STEPS, AnyStep, Augmentation, Sequential, Step
from patholearn_lab.errors import InvalidInputError

MAX_LENGTH = 50_000

_VALUE = r'-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?|"[^"]{0,100}"|\([^()\[\]"]{0,200}\)|\[[^()\[\]"]{0,200}\]'
_PAIR = re.compile(rf"\s*([A-Za-z_]\w{{0,40}})\s*=\s*({_VALUE})\s*,?")
_STEP: TypeAdapter[Any] = TypeAdapter(Step)


@dataclass(frozen=True)
class _Form:
    """How a kind of step is called in the text, with its settings: text name -> name of the model."""

    name: str
    kind: str
    settings: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    p: str = "p"


_FORMS = (
    _Form("AugMirror", "mirror"),
    _Form("AugFlip", "flip"),
    _Form("AugQuarterTurn", "quarter_turn"),
    _Form("AugRotate", "rotate", {"angle": "angle", "center": "center", "interp": "interpolation"}),
    _Form("AugShear", "shear", {"x": "x", "y": "y"}),
    _Form("AugZoom", "zoom", {"scale": "scale"}),
    _Form("AugShift", "shift", {"x": "x", "y": "y"}),
    _Form("AugCrop", "crop", {"area": "area", "ratio": "ratio"}),
    _Form("AugColor", "color", {name: name for name in ("brightness", "contrast", "saturation", "hue")}),
    _Form("AugStain", "stain", {"strength": "strength", "offset": "offset"}),
    _Form("AugGaussianBlur", "blur", {"sigma": "sigma"}),
    _Form("AugAdditiveGaussianNoise", "noise", {"std_dev": "std"}, {"distribution": "gaussian"}),
    _Form("AugAdditiveLaplaceNoise", "noise", {"std_dev": "std"}, {"distribution": "laplace"}),
    _Form("AugAdditivePoissonNoise", "noise", {"lambda": "std"}, {"distribution": "poisson"}),
    _Form("AugElasticTransform", "elastic", {"alpha": "alpha", "sigma": "sigma"}),
    _Form(
        "AugCoarseDropout",
        "coarse_dropout",
        {"p": "share", "drop_size": "size", "per_channel": "per_channel"},
        # In ECVL p is how much is black, so that how probable the step is needs another name.
        p="apply_p",
    ),
    _Form("OneOfAugmentationContainer", "one_of"),
    _Form("SequentialAugmentationContainer", "sequential"),
)
_MODELS: dict[str, Any] = {model.model_fields["kind"].default: model for model in get_args(AnyStep)}
_BY_NAME = {form.name: form for form in _FORMS}
_CONTAINERS = ("one_of", "sequential")


def parse_augmentation(text: str) -> Augmentation:
    """Return the augmentation that a text of ECVL's language says.

    Raises
    ------
    InvalidInputError
        When the text cannot be read; names the line.
    """
    if len(text) > MAX_LENGTH:
        raise InvalidInputError(
            f"The augmentation has {len(text):,} characters.", f"The limit is {MAX_LENGTH:,} characters."
        )
    open_containers: list[tuple[int, _Form, dict[str, Any]]] = []
    finished: list[Any] = []
    steps = 0
    for number, line in enumerate(text.splitlines(), 1):
        words = line.strip()
        if not words or words.startswith("#"):
            continue
        inside = open_containers[-1][2]["steps"] if open_containers else finished
        if words == "end":
            if not open_containers:
                _refuse(number, "there is nothing to end", "Every end closes a container above it.")
            start, form, settings = open_containers.pop()
            outside = open_containers[-1][2]["steps"] if open_containers else finished
            outside.append(_step(start, form, settings))
            continue
        steps += 1
        form, settings = _read_line(number, words)
        if steps > MAX_STEPS or len(open_containers) >= MAX_DEPTH:
            _refuse(number, "the limits are reached", f"{MAX_STEPS} steps, {MAX_DEPTH} inside one another.")
        if form.kind in _CONTAINERS:
            open_containers.append((number, form, {**settings, "steps": []}))
        else:
            inside.append(_step(number, form, settings))
    if open_containers:
        _refuse(open_containers[-1][0], "the container has no end", "Write a line end below its steps.")
    # What stands in one container at the top is what the whole is.
    if len(finished) == 1 and isinstance(finished[0], Sequential) and finished[0].p == 1:
        return Augmentation(steps=finished[0].steps)
    return Augmentation(steps=tuple(finished))


def print_augmentation(augmentation: Augmentation) -> str:
    """Return an augmentation in ECVL's text language; :func:`parse_augmentation` reads it back."""
    return "\n".join(_lines(Sequential(steps=augmentation.steps), 0)) + "\n"


def _read_line(number: int, words: str) -> tuple[_Form, dict[str, Any]]:
    name, _, rest = words.partition(" ")
    form = _BY_NAME.get(name)
    if form is None:
        _refuse(number, f"there is no augmentation {name[:60]!r}", f"There are {', '.join(_BY_NAME)}.")
    known = {**form.settings, form.p: "p"}
    settings: dict[str, Any] = {}
    at = 0
    while rest[at:].strip():
        pair = _PAIR.match(rest, at)
        if pair is None:
            _refuse(number, f"{rest[at:].strip()[:60]!r} is no name=value", 'Values are 1.5, "text", (1,2) or [1,2].')
        if pair[1] not in known:
            _refuse(number, f"{name} has no setting {pair[1]!r}", f"It has {', '.join(known)}.")
        if known[pair[1]] in settings:
            _refuse(number, f"{pair[1]!r} is said twice", "Leave one of them out.")
        settings[known[pair[1]]] = _read_value(number, pair[2])
        at = pair.end()
    return form, settings


def _read_value(number: int, text: str) -> Any:
    if text[0] == '"':
        return text[1:-1]
    if text[0] not in "([":
        return float(text)
    try:
        values = tuple(float(part) for part in text[1:-1].split(","))
    except ValueError:
        _refuse(number, f"{text[:60]!r} holds something else than numbers", "Write [min,max] or (x,y).")
    if text[0] == "[" and len(values) != 2:
        _refuse(number, f"the range {text[:60]!r} has {len(values)} numbers", "Write [min,max].")
    return values


def _step(number: int, form: _Form, settings: dict[str, Any]) -> Any:
    fields = {"kind": form.kind, **form.fixed, **settings}
    for name, annotation in _ranged(form.kind).items():
        value = fields.get(name)
        # One number where a range may stand means just that number.
        if isinstance(value, float) and annotation:
            fields[name] = (value, value)
    try:
        return _STEP.validate_python(fields)
    except ValidationError as error:
        first = error.errors()[0]
        names = {field: said for said, field in {**form.settings, form.p: "p"}.items()}
        where = next((names[part] for part in first["loc"] if part in names), form.name)
        said = first["msg"].removeprefix("Value error, ")[:150]
        _refuse(number, f"{where}: {said}", f"Change {where} of {form.name}.")


def _ranged(kind: str) -> dict[str, bool]:
    """Return for each setting of a kind whether it is a range, as its default is one."""
    return {
        name: isinstance(info.default, tuple) for name, info in _MODELS[kind].model_fields.items() if name != "center"
    }


def _lines(step: Any, depth: int) -> list[str]:
    form = next(
        form
        for form in _FORMS
        if form.kind == step.kind and all(getattr(step, name) == value for name, value in form.fixed.items())
    )
    said = {**form.settings, form.p: "p"}
    fields = type(step).model_fields
    pairs = [
        f"{name}={_said(value, isinstance(fields[setting].default, tuple))}"
        for name, setting in said.items()
        if (value := getattr(step, setting)) != fields[setting].default
    ]
    first = f"{'  ' * depth}{' '.join([form.name, *pairs])}"
    if step.kind not in _CONTAINERS:
        return [first]
    inner = [line for part in step.steps for line in _lines(part, depth + 1)]
    return [first, *inner, f"{'  ' * depth}end"]


def _said(value: Any, is_range: bool) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple):
        inner = ",".join(_number(part) for part in value)
        return f"[{inner}]" if is_range else f"({inner})"
    return _number(value)


def _number(value: float) -> str:
    """Return the shortest decimals that are this number again."""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))


def _refuse(line: int, what: str, hint: str) -> NoReturn:
    raise InvalidInputError(f"Line {line} of the augmentation: {what}.", hint, line=line)
