"""What a layer costs for one image: numbers to learn, multiplications, and how far a value sees."""

from __future__ import annotations

from math import prod

from patholearn_lab.graph.shapes import pair, pool_stride
from patholearn_lab.graph.spec import Shape, Values, Window

FLOAT_BYTES = 4
"""Activations are float32."""


def conv2d_parameters(values: Values, inputs: tuple[Shape, ...], _output: Shape) -> int:
    """One kernel per filter over its group's channels, and a bias per filter."""
    filters = int(values["out_channels"])
    kernel = inputs[0][0] // int(values["groups"]) * prod(pair(values["kernel_size"]))
    return filters * (kernel + bool(values["bias"]))


def conv2d_multiply_adds(values: Values, inputs: tuple[Shape, ...], output: Shape) -> int:
    """One kernel at every place of every filter."""
    return prod(output) * (inputs[0][0] // int(values["groups"])) * prod(pair(values["kernel_size"]))


def linear_parameters(values: Values, inputs: tuple[Shape, ...], output: Shape) -> int:
    """One weight for every pair of input and output, and a bias per output."""
    return output[0] * (inputs[0][0] + bool(values["bias"]))


def linear_multiply_adds(_values: Values, inputs: tuple[Shape, ...], output: Shape) -> int:
    """One multiplication for every weight."""
    return output[0] * inputs[0][0]


def batch_norm_parameters(_values: Values, inputs: tuple[Shape, ...], _output: Shape) -> int:
    """A scale and a shift per channel. (Running mean and variance are not learned, so they do not count.)"""
    return 2 * inputs[0][0]


def one_each(_values: Values, _inputs: tuple[Shape, ...], output: Shape) -> int:
    """One multiplication per output value."""
    return prod(output)


def conv2d_window(values: Values) -> Window:
    """A dilated kernel; its longer side where it is no square."""
    sides = zip(pair(values["kernel_size"]), pair(values["dilation"]), strict=True)
    return Window(max(d * (k - 1) + 1 for k, d in sides), max(pair(values["stride"])))


def pool2d_window(values: Values) -> Window:
    """The pooling window; its longer side where it is no square."""
    return Window(max(pair(values["kernel_size"])), max(pair(pool_stride(values))))
