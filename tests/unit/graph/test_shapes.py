from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from support.graphs import values_for
from support.torch_use import used

from patholearn_lab.graph.calls import write_call
from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.settings import values_of
from patholearn_lab.graph.shapes import ShapeProblem, show
from patholearn_lab.graph.spec import NodeSpec, Shape

LAYERS = [spec for spec in catalog.values() if spec.style not in ("end", "code") and spec.category != "Networks"]
IMAGES = st.tuples(st.integers(1, 12), st.integers(1, 24), st.integers(1, 24))
SEQUENCES = st.tuples(st.integers(1, 12), st.integers(1, 24))
VECTORS = st.tuples(st.integers(1, 40))
SHAPES = {"image": IMAGES, "sequence": SEQUENCES, "vector": VECTORS}
BEYOND_TORCH = {
    "batch_mixed",  # what would mix the images of a batch
    "even_window",  # a mean that no call of torch gives
    "no_such_axis",  # torch refuses it on real tensors only: see the test below
    "output_padding_too_large",  # the same
}


SIZES = st.sampled_from([(-1,), (-1, 4), (2, -1), (-1, 2, 2), (3, -1, 1), (4, 3, 2), (-1, -1)])
FITTING = {
    "sizes": SIZES,
    "dims": st.sampled_from([(1, 2, 3), (2, 1, 3), (2, 3, 1), (3, 2, 1), (2, 1), (1, 2), (1, 1)]),
}
"""Rows of numbers that mean something more often than any numbers would."""


@st.composite
def uses(draw: st.DrawFn, spec: NodeSpec) -> tuple[dict[str, Any], tuple[Shape, ...]]:
    """Draw parameters and input shapes of a kind; inputs are sometimes equal and sometimes not."""
    values = {param.name: draw(FITTING.get(param.name, values_for(param))) for param in spec.params}
    inputs: list[Shape] = []
    for port in spec.inputs:
        shapes = st.one_of([SHAPES[name] for name in port.types])
        alike = st.sampled_from(inputs) | shapes if inputs else shapes
        inputs.append(draw(alike))
        if port.many:
            inputs += draw(st.lists(st.just(inputs[-1]) | shapes, min_size=1, max_size=2))
    return values, tuple(inputs)


def torch_answer(spec: NodeSpec, values: dict[str, Any], inputs: tuple[Shape, ...]) -> tuple[Shape, int]:
    """Return torch's output shape and number of parameters, on the meta device, for a batch of 3."""
    with torch.device("meta"):
        tensors = [torch.empty((3, *shape)) for shape in inputs]
        if spec.style == "operator":
            total = tensors[0]
            for tensor in tensors[1:]:
                if tensor.ndim != total.ndim or (spec.operator == "+" and tensor.shape != total.shape):
                    raise RuntimeError("torch would broadcast; the graph does not")
                total = total + tensor if spec.operator == "+" else total * tensor
            return tuple(total.shape[1:]), 0
        layer, output = used(spec, values, inputs, tensors)
    if 0 in output.shape:
        raise RuntimeError("an output without a pixel: the meta device lets it pass, real tensors do not")
    counted = sum(parameter.numel() for parameter in layer.parameters()) if spec.style == "module" else 0
    return tuple(output.shape[1:]), counted


@pytest.mark.filterwarnings(
    "ignore:Using padding='same' with even kernel lengths:UserWarning"
)  # torch pads a copy; fine
@pytest.mark.parametrize("spec", LAYERS, ids=[spec.kind for spec in LAYERS])
@settings(max_examples=60)
@given(data=st.data())
def test_shapes_and_parameters_are_those_of_torch(spec: NodeSpec, data: st.DataObject) -> None:
    values, inputs = data.draw(uses(spec))
    assert spec.shape is not None
    try:
        output = spec.shape(values, inputs)
    except ShapeProblem as problem:
        if problem.code in BEYOND_TORCH:
            return
        # Torch checks the heads of attention by an assertion, and only warns of a dropout that does nothing.
        with pytest.raises((RuntimeError, ValueError, AssertionError, IndexError, UserWarning)):
            torch_answer(spec, values, inputs)
        return
    assert (output, spec.parameters(values, inputs, output)) == torch_answer(spec, values, inputs)


@pytest.mark.parametrize("spec", LAYERS, ids=[spec.kind for spec in LAYERS])
@settings(max_examples=60)
@given(data=st.data())
def test_a_mend_of_settings_mends(spec: NodeSpec, data: st.DataObject) -> None:
    values, inputs = data.draw(uses(spec))
    assert spec.shape is not None
    seen: set[str] = set()
    for _ in range(5):
        try:
            spec.shape(values, inputs)
            break
        except ShapeProblem as problem:
            found = problem
        assert found.message.endswith(".")
        assert found.code not in seen, "a mend that does not mend"
        if not found.params:
            break
        seen.add(found.code)
        assert found.label
        mended, problems = values_of(spec, found.params)
        assert problems == []
        values |= {name: mended[name] for name in found.params}


@pytest.mark.parametrize(("extra", "stride", "dilation"), [(1, 1, 1), (2, 2, 1), ((1, 0), (1, 2), 1)])
def test_an_output_padding_that_torch_refuses_is_refused(extra: Any, stride: Any, dilation: Any) -> None:
    spec = catalog["conv_transpose2d"]
    values = {
        **values_of(spec, {"out_channels": 2, "kernel_size": 3})[0],
        "output_padding": extra,
        "stride": stride,
        "dilation": dilation,
    }
    assert spec.shape is not None
    with pytest.raises(ShapeProblem, match="has to be smaller than the stride"):
        spec.shape(values, ((2, 5, 5),))
    call = write_call(spec, values, ((2, 5, 5),))
    with pytest.raises(RuntimeError, match="output padding must be smaller"):
        torch.nn.ConvTranspose2d(*call.positional, **call.keywords)(torch.zeros(1, 2, 5, 5))


def test_an_axis_that_torch_refuses_is_refused() -> None:
    shape = catalog["softmax"].shape
    assert shape is not None
    with pytest.raises(ShapeProblem, match=r"no axis 2: 5 has the axes 1 to 1"):
        shape({"dim": 2}, ((5,),))
    with pytest.raises(IndexError):
        torch.softmax(torch.zeros(3, 5), dim=2)


def test_a_mend_of_a_convolution_too_large_fits() -> None:
    values = {"out_channels": 4, "kernel_size": 7, "stride": 1, "padding": 0, "dilation": 1, "groups": 1}
    values |= {"same_padding": False, "bias": True}
    shape = catalog["conv2d"].shape
    assert shape is not None
    with pytest.raises(
        ShapeProblem, match=r"covers 7 × 7 pixels, but the image that comes in has only 5 × 6\."
    ) as caught:
        shape(values, ((1, 5, 6),))
    assert shape({**values, **caught.value.params}, ((1, 5, 6),)) == (4, 5, 6)


def test_a_shape_is_shown_as_people_write_it() -> None:
    assert show((6, 28, 28)) == "6 × 28 × 28"


@pytest.mark.parametrize(
    ("typed", "value"), [(3, 3), (3.0, 3), ("3", 3), ("1, 7", (1, 7)), ("5 × 5", 5), ("(2, 3)", (2, 3))]
)
def test_a_size_may_be_one_number_or_two(typed: Any, value: Any) -> None:
    values, problems = values_of(catalog["conv2d"], {"kernel_size": typed})
    assert not problems
    assert values["kernel_size"] == value


@pytest.mark.parametrize("typed", ["", "a", "1, 2, 3", "1.5", True, "0, 3", 1.5, "9" * 30])
def test_what_is_no_size_is_a_problem_of_that_setting(typed: Any) -> None:
    _, problems = values_of(catalog["conv2d"], {"kernel_size": typed})
    assert [problem.param for problem in problems] == ["kernel_size"]
