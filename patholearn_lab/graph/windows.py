"""What one value of a node sees of the image: windows, and the receptive field that they add up to.

Behind one another, windows add up as in Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural
Networks" (2019): ``size = size_before + (size - 1) * stride_before``, ``stride = stride_before * stride``.

What makes an image larger by `s` has the stride 1 / s. If it spreads every pixel over K places, `n` neighbors in a row
look at ``1 + (K + n - 2) / s`` pixels at most, rounded down: so its size is ``1 + (K - 1) / s``. Rounding has to be
done in pixels of the image that was made larger, not in those of the first one; therefore each enlargement begins a
window anew, and keeps what is behind it as `coarser`, until its stride is a whole number of those pixels again.

That is the most that a value could see, wherever it stands. A step larger than 1 behind an enlargement may pass over
the places that see most; then it is an upper bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor

from patholearn_lab.graph.shapes import pair
from patholearn_lab.graph.sliding import kernel_span, pool_stride
from patholearn_lab.graph.spec import Number, Shape, Values, Window

_LEVELS = 8
"""A U-Net enlarges four or five times."""
_ONE_VALUE = Window()
"""What an activation sees of its input."""


def behind(first: Window, second: Window) -> Window:
    """Return what is seen through `second`, which looks at the output of `first`."""
    if second == _ONE_VALUE:
        return first
    if min(second.stride) < 1:
        return Window(second.size, second.stride, _limited((Window(first.size, first.stride), *first.coarser)))
    return _whole(Window(_through(first, second.size), _steps(first, second), first.coarser))


def _whole(window: Window) -> Window:
    """Return the window in coarser pixels, as long as its steps are whole numbers of them."""
    while window.coarser and all(stride.denominator == 1 for stride in window.stride):
        coarser, *others = window.coarser
        sides = (floor(window.size[0]), floor(window.size[1]))
        window = Window(_through(coarser, sides), _steps(coarser, window), tuple(others))
    return window


def _limited(coarser: tuple[Window, ...]) -> tuple[Window, ...]:
    """Return the windows, the two of the largest pixels as one where there are too many to go through quickly."""
    if len(coarser) <= _LEVELS:
        return coarser
    *others, finer, coarsest = coarser
    return (*others, Window(_through(coarsest, finer.size), _steps(coarsest, finer)))


def merged(windows: Sequence[Window]) -> Window:
    """Return what is seen by something that looks through several windows at once: as much as through the largest."""
    first, *others = windows
    if not others:
        return first
    if any(other.coarser != first.coarser for other in others):
        return max(windows, key=seen_pixels)
    sizes, strides = [window.size for window in windows], [window.stride for window in windows]
    return Window(_largest(sizes), _largest(strides), first.coarser)


def seen_pixels(window: Window) -> int:
    """Return the longer side of what is seen, in whole pixels of the data set's image."""
    sides = (floor(window.size[0]), floor(window.size[1]))
    for coarser in window.coarser:
        height, width = _through(coarser, sides)
        sides = (floor(height), floor(width))
    return max(sides)


def _steps(first: Window, second: Window) -> tuple[Number, Number]:
    return (_plain(first.stride[0] * second.stride[0]), _plain(first.stride[1] * second.stride[1]))


def _through(window: Window, sides: tuple[Number, Number]) -> tuple[Number, Number]:
    """Return what so many neighbors see together."""
    return (
        _plain(window.size[0] + (sides[0] - 1) * window.stride[0]),
        _plain(window.size[1] + (sides[1] - 1) * window.stride[1]),
    )


def _plain(number: Number) -> Number:
    """Return a fraction without a denominator as the whole number that it is: those are far quicker to go on with."""
    return number if isinstance(number, int) or number.denominator > 1 else number.numerator


def _largest(sides: Sequence[tuple[Number, Number]]) -> tuple[Number, Number]:
    return (max(height for height, _ in sides), max(width for _, width in sides))


def conv2d(values: Values, _inputs: tuple[Shape, ...]) -> Window:
    """A kernel, spread by its dilation."""
    return Window(kernel_span(values), pair(values["stride"]))


def conv_transpose2d(values: Values, _inputs: tuple[Shape, ...]) -> Window:
    """A kernel written at every `stride`-th pixel: an output pixel lies under a few of them."""
    return _spread(kernel_span(values), pair(values["stride"]))


def pool2d(values: Values, _inputs: tuple[Shape, ...]) -> Window:
    """The pooling window."""
    return Window(kernel_span(values), pair(pool_stride(values)))


def adaptive_pool2d(values: Values, inputs: tuple[Shape, ...]) -> Window:
    """The largest of the windows, which differ by a pixel where the sizes do not divide."""
    sides = list(zip(inputs[0][1:], pair(values["output_size"]), strict=True))
    (height, width), (down, right) = (
        [max(ceil((i + 1) * side / count) - i * side // count for i in range(count)) for side, count in sides],
        [Fraction(side, count) for side, count in sides],
    )
    return Window((height, width), (down, right))


def upsample(values: Values, inputs: tuple[Shape, ...]) -> Window:
    """A pixel, or two of them where neighbors are blended."""
    factor = Fraction(values["scale_factor"]).limit_denominator(1_024)
    height, width = factor, factor
    if values["size"] is not None:
        height, width = map(Fraction, pair(values["size"]), inputs[0][1:])
    blended = 1 if values["mode"] == "bilinear" else 0
    down, right = (1 + blended + max(1 - 1 / by, Fraction()) for by in (height, width))
    return Window((down, right), (1 / height, 1 / width))


def pixel_shuffle(values: Values, _inputs: tuple[Shape, ...]) -> Window:
    """Every pixel becomes a square of pixels, each of which sees that one."""
    factor = pair(values["upscale_factor"])
    return _spread(factor, factor)


def _spread(size: tuple[int, int], factor: tuple[int, int]) -> Window:
    height, width = (1 + Fraction(side - 1, by) for side, by in zip(size, factor, strict=True))
    return Window((height, width), (Fraction(1, factor[0]), Fraction(1, factor[1])))
