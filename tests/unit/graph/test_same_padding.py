"""``same`` padding gives what TensorFlow gives, computed here by hand, window by window."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from math import ceil
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from patholearn_lab.graph.calls import read_call, read_pad, write_call
from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.settings import values_of
from patholearn_lab.graph.shapes import ShapeProblem, pair
from patholearn_lab.graph.spec import Pad, Values

SIDES = st.integers(1, 4) | st.tuples(st.integers(1, 4), st.integers(1, 4))
IMAGES = st.tuples(st.integers(1, 9), st.integers(1, 9))


def windows_of(image: np.ndarray, values: Values) -> dict[tuple[int, int], np.ndarray]:
    """Return the real pixels under each window of TensorFlow's SAME, and NaN where it sticks out."""
    size, stride, gap = pair(values["kernel_size"]), pair(values["stride"]), pair(values.get("dilation", 1))
    starts, rows = [], []
    for axis in (0, 1):
        places = ceil(image.shape[axis] / stride[axis])
        span = gap[axis] * (size[axis] - 1) + 1
        missing = max((places - 1) * stride[axis] + span - image.shape[axis], 0)
        starts.append(missing // 2)
        rows.append(places)
    found = {}
    for i in range(rows[0]):
        for j in range(rows[1]):
            window = np.full(size, np.nan)
            for u in range(size[0]):
                for v in range(size[1]):
                    y = i * stride[0] - starts[0] + u * gap[0]
                    x = j * stride[1] - starts[1] + v * gap[1]
                    if 0 <= y < image.shape[0] and 0 <= x < image.shape[1]:
                        window[u, v] = image[y, x]
            found[i, j] = window
    return found


def by_hand(image: np.ndarray, values: Values, reduce: Callable[[np.ndarray], float]) -> np.ndarray:
    windows = windows_of(image, values)
    answer = np.zeros((max(i for i, _ in windows) + 1, max(j for _, j in windows) + 1))
    for place, window in windows.items():
        answer[place] = reduce(window)
    return answer


def by_torch(kind: str, values: Values, image: np.ndarray, weight: np.ndarray | None = None) -> np.ndarray:
    """Run the call that is written, and the padding before it."""
    spec = catalog[kind]
    inputs = ((1, *image.shape),)
    call = write_call(spec, values, inputs)
    tensor = torch.tensor(image)[None, None]
    if call.pad:
        tensor = torch.nn.functional.pad(tensor, call.pad.amounts, value=call.pad.value)
    module, _, name = spec.target.rpartition(".")
    function: Any = getattr(importlib.import_module(module), name)
    if weight is None:
        output = function(tensor, *call.positional, **call.keywords)
    else:
        layer = function(*call.positional, **call.keywords).double()
        layer.weight.data[:] = torch.tensor(weight)
        output = layer(tensor)
    assert spec.shape is not None
    assert tuple(output.shape[1:]) == spec.shape(values, inputs)
    return np.asarray(output.detach()[0, 0])


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths:UserWarning")  # a padded copy is fine
@settings(max_examples=150)
@given(kernel=SIDES, stride=SIDES, dilation=st.integers(1, 3), sides=IMAGES, seed=st.integers(0, 9))
def test_a_convolution_answers_as_in_tensorflow(
    kernel: Any, stride: Any, dilation: int, sides: tuple[int, int], seed: int
) -> None:
    random = np.random.default_rng(seed)
    image, weight = random.normal(size=sides), random.normal(size=pair(kernel))
    values = {**values_of(catalog["conv2d"], {"out_channels": 1, "bias": False, "same_padding": True})[0]}
    values |= {"kernel_size": kernel, "stride": stride, "dilation": dilation}
    hand = by_hand(image, values, lambda window: float(np.nansum(window * weight)))
    np.testing.assert_allclose(by_torch("conv2d", values, image, weight), hand, atol=1e-12)


@settings(max_examples=150)
@given(kernel=SIDES, stride=SIDES, dilation=st.integers(1, 3), sides=IMAGES, seed=st.integers(0, 9))
def test_a_max_pool_never_takes_the_padding(
    kernel: Any, stride: Any, dilation: int, sides: tuple[int, int], seed: int
) -> None:
    image = np.random.default_rng(seed).normal(-5, 1, size=sides)
    values = {**values_of(catalog["max_pool2d"], {"same_padding": True})[0]}
    values |= {"kernel_size": kernel, "stride": stride, "dilation": dilation}
    hand = by_hand(image, values, lambda window: -np.inf if np.isnan(window).all() else float(np.nanmax(window)))
    np.testing.assert_array_equal(by_torch("max_pool2d", values, image), hand)


@settings(max_examples=150)
@given(kernel=SIDES, stride=SIDES, sides=IMAGES, seed=st.integers(0, 9))
def test_an_average_pool_counts_real_pixels_only(kernel: Any, stride: Any, sides: tuple[int, int], seed: int) -> None:
    image = np.random.default_rng(seed).normal(5, 1, size=sides)
    spec = catalog["avg_pool2d"]
    assert spec.shape is not None
    values: Values = {**values_of(spec, {"same_padding": True})[0], "kernel_size": kernel, "stride": stride}
    if any(side % 2 == 0 and step == 1 for side, step in zip(pair(kernel), pair(stride), strict=True)):
        with pytest.raises(ShapeProblem, match="has no middle") as caught:
            spec.shape(values, ((1, *sides),))
        values = values_of(spec, {**caught.value.params, "same_padding": True})[0]
    hand = by_hand(image, values, lambda window: float(np.nanmean(window)))
    np.testing.assert_allclose(by_torch("avg_pool2d", values, image), hand, atol=1e-12)


@pytest.mark.parametrize(
    ("params", "side", "padding", "pad"),
    [
        ({"kernel_size": 3}, 64, "same", None),
        ({"kernel_size": 3, "stride": 2}, 65, 1, None),
        ({"kernel_size": 3, "stride": 2}, 64, 0, Pad((0, 1, 0, 1))),
        ({"kernel_size": 7, "stride": 2}, 224, 0, Pad((2, 3, 2, 3))),
        ({"kernel_size": 1, "stride": 2}, 64, 0, None),
    ],
)
def test_a_line_of_its_own_pads_only_where_torch_cannot(
    params: dict[str, Any], side: int, padding: Any, pad: Pad | None
) -> None:
    spec = catalog["conv2d"]
    values, _ = values_of(spec, {**params, "same_padding": True})
    call = write_call(spec, values, ((3, side, side),))
    assert call.keywords.get("padding", 0) == padding
    assert call.pad == pad


@pytest.mark.parametrize("kind", ["conv2d", "max_pool2d"])
def test_a_padding_before_a_call_is_read_back_as_same(kind: str) -> None:
    spec = catalog[kind]
    given_ = {"kernel_size": 3, "stride": 2, "same_padding": True}
    inputs = ((3, 64, 64),)
    call = write_call(spec, values_of(spec, given_)[0], inputs)
    params = read_call(spec, call.positional, call.keywords)
    assert call.pad is not None
    assert read_pad(spec, params, call.pad, inputs) == {**params, "same_padding": True}
    assert read_pad(spec, params, Pad((1, 0, 0, 1), call.pad.value), inputs) is None
    assert read_pad(catalog["avg_pool2d"], params, call.pad, inputs) is None
