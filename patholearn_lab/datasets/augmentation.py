"""Augmentation as data: what is done to an image at random before a network sees it. Light: no numpy, no torch.

An augmentation is kept as JSON (``schema_version`` tells how), can be written and read in the text language of the
DeepHealth toolkit (:mod:`~patholearn_lab.datasets.augmentation_text`), and becomes transforms of torchvision
(:mod:`~patholearn_lab.datasets.transforms`), in training and as code.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from patholearn_lab.errors import InvalidInputError

MAX_STEPS = 200
MAX_DEPTH = 8

Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


def _between(low: float, high: float) -> AfterValidator:
    """Return what checks a range from which a number is drawn evenly."""

    def ensure(value: tuple[float, float]) -> tuple[float, float]:
        if not low <= value[0] <= value[1] <= high:
            raise ValueError(f"the range has to go upwards, between {low:g} and {high:g}")
        return value

    return AfterValidator(ensure)


Pair = tuple[float, float]
Angle = Annotated[Pair, _between(-180, 180)]
Tilt = Annotated[Pair, _between(-60, 60)]
Share = Annotated[Pair, _between(0, 1)]
Factor = Annotated[Pair, _between(0, 10)]
Deviation = Annotated[Pair, _between(0, 255)]


class _Step(BaseModel):
    """What all steps have: `p` is how probably the step is done to an image."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    p: Probability = 1.0


class Mirror(_Step):
    """Left becomes right."""

    kind: Literal["mirror"] = "mirror"
    p: Probability = 0.5


class Flip(_Step):
    """Up becomes down."""

    kind: Literal["flip"] = "flip"
    p: Probability = 0.5


class QuarterTurn(_Step):
    """A turn by 0, 90, 180 or 270 degrees: without any loss. Only for square images."""

    kind: Literal["quarter_turn"] = "quarter_turn"


class Rotate(_Step):
    """A turn by an angle in degrees, counterclockwise, around `center` (x, y in pixels) or the middle."""

    kind: Literal["rotate"] = "rotate"
    angle: Angle = (-10.0, 10.0)
    center: tuple[float, float] | None = None
    interpolation: Literal["nearest", "linear", "cubic"] = "linear"


class Shear(_Step):
    """Slanted by angles in degrees, along x and along y."""

    kind: Literal["shear"] = "shear"
    x: Tilt = (-5.0, 5.0)
    y: Tilt = (0.0, 0.0)


class Zoom(_Step):
    """Larger (above 1) or smaller, around the middle; the size of the image stays."""

    kind: Literal["zoom"] = "zoom"
    scale: Annotated[Pair, _between(0.25, 4)] = (0.9, 1.1)


class Shift(_Step):
    """Moved by at most this share of the width and of the height, to either side."""

    kind: Literal["shift"] = "shift"
    x: Annotated[float, Field(ge=0, le=0.5)] = 0.1
    y: Annotated[float, Field(ge=0, le=0.5)] = 0.1


class Crop(_Step):
    """A part of the image with this share of its area, brought to the size of the whole."""

    kind: Literal["crop"] = "crop"
    area: Annotated[Pair, _between(0.01, 1)] = (0.7, 1.0)
    ratio: Annotated[Pair, _between(0.25, 4)] = (0.8, 1.25)


class Color(_Step):
    """Brightness, contrast and saturation times a number of their ranges; hue turned by a share of the whole circle."""

    kind: Literal["color"] = "color"
    brightness: Factor = (0.9, 1.1)
    contrast: Factor = (0.9, 1.1)
    saturation: Factor = (0.9, 1.1)
    hue: Annotated[Pair, _between(-0.5, 0.5)] = (0.0, 0.0)


class Stain(_Step):
    """More or less hematoxylin and eosin, as between laboratories.

    The optical density of each stain is multiplied by a number of `strength` and shifted by one of `offset`, each stain
    apart (Tellez et al., IEEE Transactions on Medical Imaging 37, 2018). Only for color images.
    """

    kind: Literal["stain"] = "stain"
    strength: Factor = (0.8, 1.2)
    offset: Annotated[Pair, _between(-0.5, 0.5)] = (-0.02, 0.02)


class Blur(_Step):
    """Out of focus: a Gaussian of this standard deviation, in pixels."""

    kind: Literal["blur"] = "blur"
    sigma: Annotated[Pair, _between(0.01, 20)] = (0.1, 1.5)


class Noise(_Step):
    """Noise on every value: of this standard deviation (for ``poisson``: this mean), in pixel values of 0 to 255."""

    kind: Literal["noise"] = "noise"
    distribution: Literal["gaussian", "laplace", "poisson"] = "gaussian"
    std: Deviation = (0.0, 10.0)


class Elastic(_Step):
    """As if the tissue was pulled: by about `alpha` pixels, in waves of `sigma` pixels."""

    kind: Literal["elastic"] = "elastic"
    alpha: Annotated[float, Field(ge=0, le=500, allow_inf_nan=False)] = 50.0
    sigma: Annotated[float, Field(ge=1, le=50, allow_inf_nan=False)] = 5.0


class CoarseDropout(_Step):
    """Black rectangles: sides of `size` (a share of the image's), each black with a probability drawn from `share`."""

    kind: Literal["coarse_dropout"] = "coarse_dropout"
    share: Share = (0.0, 0.1)
    size: Annotated[Pair, _between(0.01, 1)] = (0.05, 0.1)
    per_channel: bool = False


class OneOf(_Step):
    """One of several steps, each as probable."""

    kind: Literal["one_of"] = "one_of"
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=MAX_STEPS)]


class Sequential(_Step):
    """Several steps one after the other."""

    kind: Literal["sequential"] = "sequential"
    steps: Annotated[tuple[Step, ...], Field(max_length=MAX_STEPS)]


AnyStep = (
    Mirror
    | Flip
    | QuarterTurn
    | Rotate
    | Shear
    | Zoom
    | Shift
    | Crop
    | Color
    | Stain
    | Blur
    | Noise
    | Elastic
    | CoarseDropout
    | OneOf
    | Sequential
)
Step = Annotated[AnyStep, Field(discriminator="kind")]


def _extent(steps: tuple[Any, ...]) -> tuple[int, int]:
    """Return how many steps there are with all inside, and how deep they lie."""
    inner = [_extent(getattr(step, "steps", ())) for step in steps]
    return len(steps) + sum(count for count, _ in inner), 1 + max((depth for _, depth in inner), default=0)


class Augmentation(BaseModel):
    """Steps that are done one after the other, each at random, in the same way to an image and its mask.

    What comes into sight at the borders is the image mirrored. Masks keep their values: their pixels are moved, never
    mixed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    steps: Annotated[tuple[Step, ...], Field(max_length=MAX_STEPS)] = ()

    @model_validator(mode="after")
    def _ensure_bounded(self) -> Self:
        count, depth = _extent(self.steps)
        if count > MAX_STEPS or depth > MAX_DEPTH:
            raise ValueError(f"{count} steps, {depth} inside one another; the limits are {MAX_STEPS} and {MAX_DEPTH}")
        return self


OneOf.model_rebuild()
Sequential.model_rebuild()
Augmentation.model_rebuild()

PRESETS: dict[str, Augmentation] = {
    "none": Augmentation(),
    "gentle": Augmentation(steps=(Mirror(), Flip(), Rotate())),
    "tissue": Augmentation(
        steps=(Mirror(), Flip(), QuarterTurn(), Zoom(), Stain(), Color(hue=(-0.02, 0.02)), Blur(p=0.2))
    ),
    "strong": Augmentation(
        steps=(
            Mirror(),
            Flip(),
            Rotate(angle=(-180.0, 180.0)),
            Crop(),
            Elastic(p=0.3),
            Stain(strength=(0.6, 1.4)),
            Color(brightness=(0.8, 1.2), contrast=(0.8, 1.2)),
            OneOf(steps=(Blur(), Noise())),
            CoarseDropout(p=0.3),
        )
    ),
}
"""Augmentations that have a name."""


def read_augmentation(value: Augmentation | dict[str, Any] | str | None) -> Augmentation:
    """Return an augmentation that was given as JSON, by the name of a preset, or in DeepHealth's text language.

    Raises
    ------
    InvalidInputError
        When it cannot be read; names the place.
    """
    if value is None or isinstance(value, Augmentation):
        return value or Augmentation()
    if isinstance(value, str):
        from patholearn_lab.datasets.augmentation_text import parse_augmentation

        return PRESETS.get(value.strip()) or parse_augmentation(value)
    try:
        return Augmentation.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "steps"
        raise InvalidInputError(
            f"The augmentation cannot be used: {where}: {first['msg'].removeprefix('Value error, ')[:200]}.",
            f'Write for example {{"steps": [{{"kind": "mirror"}}]}}, or one of {", ".join(PRESETS)}.',
        ) from error
