"""What a layer costs for one image: numbers to learn, and multiplications."""

from __future__ import annotations

from math import prod

from patholearn_lab.graph.shapes import pair
from patholearn_lab.graph.spec import Shape, Values

FLOAT_BYTES = 4
"""Activations are float32."""


def conv2d_parameters(values: Values, inputs: tuple[Shape, ...], _output: Shape) -> int:
    """One kernel per filter over its group's channels, and a bias per filter; transposed or not."""
    return int(values["out_channels"]) * (_kernel(values, inputs) + bool(values["bias"]))


def conv2d_multiply_adds(values: Values, inputs: tuple[Shape, ...], output: Shape) -> int:
    """One kernel at every place of every filter."""
    return prod(output) * _kernel(values, inputs)


def conv_transpose2d_multiply_adds(values: Values, inputs: tuple[Shape, ...], _output: Shape) -> int:
    """One kernel per filter at every pixel that comes in."""
    return prod(inputs[0][1:]) * int(values["out_channels"]) * _kernel(values, inputs)


def _kernel(values: Values, inputs: tuple[Shape, ...]) -> int:
    return inputs[0][0] // int(values["groups"]) * prod(pair(values["kernel_size"]))


def linear_parameters(values: Values, inputs: tuple[Shape, ...], output: Shape) -> int:
    """One weight for every pair of input and output, and a bias per output; the same for every step of a sequence."""
    return output[-1] * (inputs[0][-1] + bool(values["bias"]))


def linear_multiply_adds(_values: Values, inputs: tuple[Shape, ...], output: Shape) -> int:
    """One multiplication for every weight, for every step of a sequence."""
    return prod(output) * inputs[0][-1]


def scale_and_shift(values: Values, inputs: tuple[Shape, ...], _output: Shape) -> int:
    """A scale and a shift per channel. (Remembered means and variances are not learned, so they do not count.)"""
    return 2 * inputs[0][0] if values["affine"] else 0


def layer_norm_parameters(values: Values, inputs: tuple[Shape, ...], _output: Shape) -> int:
    """A scale and a shift per value of an image, or per feature of a sequence or a vector."""
    if not values["elementwise_affine"]:
        return 0
    return 2 * (prod(inputs[0]) if len(inputs[0]) == 3 else inputs[0][-1])


def one_each_input(_values: Values, inputs: tuple[Shape, ...], output: Shape) -> int:
    """One multiplication per output value and input, but for the first of them."""
    return prod(output) * (len(inputs) - 1)


def one_each(_values: Values, _inputs: tuple[Shape, ...], output: Shape) -> int:
    """One multiplication per output value."""
    return prod(output)
