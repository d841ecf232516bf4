"""Larger images without weights: repeated pixels, shuffled channels, a border."""

from __future__ import annotations

from collections.abc import Mapping
from math import floor
from typing import Any

from patholearn_lab.graph import windows
from patholearn_lab.graph.calls import UnreadableCallError, size_text
from patholearn_lab.graph.document import ParamValue
from patholearn_lab.graph.shapes import ShapeProblem, pair
from patholearn_lab.graph.spec import Argument, NodeSpec, Param, Port, Shape, Values

_INPUTS = (Port(name="input", label="Image", types=("image",)),)
_OUTPUTS = (Port(name="output", label="Image", types=("image",)),)


def _upsampled(values: Values, inputs: tuple[Shape, ...]) -> Shape:
    channels, height, width = inputs[0]
    if values["size"] is not None:
        return (channels, *pair(values["size"]))
    factor = values["scale_factor"]
    sides = (floor(height * factor), floor(width * factor))
    if min(sides) < 1:
        raise ShapeProblem(
            "image_too_small",
            f"A factor of {factor:g} makes less than a pixel of the {height} × {width} pixels that come in.",
            {"scale_factor": 1},
            "Use a factor of 1",
        )
    return (channels, *sides)


def _factor(values: Values) -> Any:
    if values["size"] is not None:
        return None
    factor = values["scale_factor"]
    return int(factor) if float(factor).is_integer() else factor


def _read_factor(value: Any) -> Mapping[str, ParamValue]:
    if isinstance(value, (tuple, list)) and len(set(value)) == 1:
        value = value[0]
    if value is not None and not isinstance(value, (int, float)):
        raise UnreadableCallError(f"its scale_factor is {value!r}, but a node has one factor for height and width")
    return {"scale_factor": None if value is None else float(value)}


def _read_size(value: Any) -> Mapping[str, ParamValue]:
    return {} if value is None else {"size": size_text(value)}


UPSAMPLE = NodeSpec(
    kind="upsample",
    label="Upsample",
    category="Layers",
    summary="Makes an image larger by repeating or blending its pixels; nothing is learned.",
    target="torch.nn.Upsample",
    stem="upsample",
    inputs=_INPUTS,
    outputs=_OUTPUTS,
    params=(
        Param(
            name="scale_factor",
            type="float",
            default=2.0,
            minimum=0.1,
            maximum=64,
            label="Factor",
            help="What height and width are multiplied by. 2 doubles the size.",
        ),
        Param(
            name="mode",
            type="choice",
            default="nearest",
            choices=("nearest", "bilinear"),
            label="Mode",
            help="nearest repeats every pixel; bilinear blends neighbors, which gives soft borders.",
        ),
        Param(
            name="size",
            type="size",
            default=None,
            minimum=1,
            maximum=4_096,
            unit="px",
            label="Size",
            basic=False,
            help="Height and width of the output. Empty: they follow from the factor.",
        ),
        Param(
            name="align_corners",
            type="bool",
            default=False,
            label="Align corners",
            basic=False,
            help="Whether the corner pixels of input and output lie on top of each other. Only bilinear uses it.",
        ),
    ),
    shape=_upsampled,
    window=windows.upsample,
    arguments=(
        Argument("size", default=None, read=_read_size),
        Argument("scale_factor", default=None, write=_factor, read=_read_factor),
        Argument("mode", default="nearest"),
        Argument(
            "align_corners",
            default=None,
            write=lambda values: True if values["align_corners"] and values["mode"] == "bilinear" else None,
            read=lambda value: {"align_corners": bool(value)},
        ),
    ),
    aliases=("torch.nn.functional.interpolate", "torch.nn.functional.upsample"),
)


def _shuffled(values: Values, inputs: tuple[Shape, ...]) -> Shape:
    channels, height, width = inputs[0]
    factor = values["upscale_factor"]
    if channels % factor**2:
        fitting = max(number for number in range(1, factor) if channels % number**2 == 0)
        raise ShapeProblem(
            "channels_do_not_divide",
            f"Every output channel takes {factor} × {factor} channels, but {channels} come in, "
            f"which {factor**2} does not divide.",
            {"upscale_factor": fitting},
            f"Use a factor of {fitting}",
        )
    return (channels // factor**2, height * factor, width * factor)


PIXEL_SHUFFLE = NodeSpec(
    kind="pixel_shuffle",
    label="Pixel shuffle",
    category="Layers",
    summary="Makes an image larger by laying out its channels side by side as pixels.",
    target="torch.nn.PixelShuffle",
    stem="shuffle",
    inputs=_INPUTS,
    outputs=_OUTPUTS,
    params=(
        Param(
            name="upscale_factor",
            type="int",
            default=2,
            minimum=1,
            maximum=64,
            label="Factor",
            help="How much larger height and width become. With 2, four channels become one that is twice as large.",
        ),
    ),
    shape=_shuffled,
    window=windows.pixel_shuffle,
    arguments=(Argument("upscale_factor", positional=True),),
    aliases=("torch.nn.functional.pixel_shuffle", "torch.pixel_shuffle"),
)


def _borders(values: Values) -> tuple[int, int, int, int]:
    """Return left, right, top, bottom, as torch wants them."""
    left, right, top, bottom = (values[name] for name in _SIDES)
    return (left, right, top, bottom)


def _read_borders(value: Any) -> Mapping[str, ParamValue]:
    amounts = (value,) * 4 if isinstance(value, int) else tuple(value)
    if len(amounts) != 4 or not all(isinstance(amount, int) for amount in amounts):
        raise UnreadableCallError(f"its padding is {value!r}, but a node pads left, right, top and bottom")
    return dict(zip(_SIDES, amounts, strict=True))


def _padded(values: Values, inputs: tuple[Shape, ...]) -> Shape:
    channels, height, width = inputs[0]
    left, right, top, bottom = _borders(values)
    return (channels, height + top + bottom, width + left + right)


_SIDES = ("left", "right", "top", "bottom")

ZERO_PAD2D = NodeSpec(
    kind="zero_pad2d",
    label="Zero pad 2D",
    category="Layers",
    summary="Puts rows and columns of zeros around an image, as many as you like on each side.",
    target="torch.nn.ZeroPad2d",
    stem="pad",
    inputs=_INPUTS,
    outputs=_OUTPUTS,
    params=tuple(
        Param(
            name=side,
            type="int",
            default=1,
            minimum=0,
            maximum=4_096,
            unit="px",
            label=side.capitalize(),
            help=f"{what} of zeros {where}.",
        )
        for side, what, where in (
            ("left", "Columns", "on the left"),
            ("right", "Columns", "on the right"),
            ("top", "Rows", "above"),
            ("bottom", "Rows", "below"),
        )
    ),
    shape=_padded,
    arguments=(Argument("padding", positional=True, write=_borders, read=_read_borders),),
)

SPECS = (UPSAMPLE, PIXEL_SHUFFLE, ZERO_PAD2D)
