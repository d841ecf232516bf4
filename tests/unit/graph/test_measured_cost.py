"""Multiplications as torch counts them, and receptive fields as gradients measure them."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
import torch
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from support.graphs import graph, values_for
from torch.utils.flop_counter import FlopCounterMode

from patholearn_lab.graph.calls import write_call
from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.check import check
from patholearn_lab.graph.inputs import DatasetShape
from patholearn_lab.graph.settings import values_of
from patholearn_lab.graph.shapes import ShapeProblem
from patholearn_lab.graph.spec import Shape, Values

SIDE = 41
SHAPES = {
    "conv2d": st.tuples(st.integers(1, 8), st.integers(1, 16), st.integers(1, 16)),
    "conv_transpose2d": st.tuples(st.integers(1, 8), st.integers(1, 9), st.integers(1, 9)),
    "linear": st.tuples(st.integers(1, 40)) | st.tuples(st.integers(1, 9), st.integers(1, 20)),
}


def run(kind: str, values: Values, inputs: tuple[Shape, ...], tensor: torch.Tensor) -> torch.Tensor:
    """Call a kind as the code does; weights are all 1, so that no two of them cancel out."""
    spec = catalog[kind]
    call = write_call(spec, values, inputs)
    if call.pad:
        tensor = torch.nn.functional.pad(tensor, call.pad.amounts, value=call.pad.value)
    module, _, name = (call.target or spec.target).rpartition(".")
    function: Any = getattr(importlib.import_module(module), name)
    if spec.style == "module":
        with torch.device(tensor.device):
            layer = function(*call.positional, **call.keywords).to(tensor.dtype).eval()
        for weight in layer.parameters():
            torch.nn.init.ones_(weight)
        return layer(tensor)  # type: ignore[no-any-return]
    return function(tensor, *call.positional, **call.keywords)  # type: ignore[no-any-return]


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths:UserWarning")  # a padded copy is fine
@pytest.mark.parametrize("kind", SHAPES)
@settings(max_examples=50)
@given(data=st.data())
def test_multiply_adds_are_half_the_operations_that_torch_counts(kind: str, data: st.DataObject) -> None:
    spec = catalog[kind]
    values = {param.name: data.draw(values_for(param)) for param in spec.params}
    values["groups"] = 1 if data.draw(st.booleans()) else values.get("groups", 1)
    inputs = (data.draw(SHAPES[kind]),)
    assert spec.shape is not None
    try:
        output = spec.shape(values, inputs)
    except ShapeProblem:
        assume(False)
    with FlopCounterMode(display=False) as counter:
        run(kind, values, inputs, torch.empty((1, *inputs[0]), device="meta"))
    assert 2 * spec.multiply_adds(values, inputs, output) == counter.get_total_flops()


LAYERS = st.one_of(
    st.tuples(
        st.just("conv2d"),
        st.fixed_dictionaries(
            {
                "out_channels": st.just(1),
                "kernel_size": st.sampled_from([1, 2, 3, 5, "1, 5", "3, 1"]),
                "stride": st.sampled_from([1, 1, 2, "2, 1"]),
                "padding": st.integers(0, 1),
            }
        ),
    ),
    st.just(("conv2d", {"out_channels": 1, "kernel_size": 3, "dilation": 2, "same_padding": True})),
    st.just(("conv2d", {"out_channels": 1, "kernel_size": 3, "stride": 2, "same_padding": True})),
    st.tuples(
        st.just("avg_pool2d"),
        st.fixed_dictionaries({"kernel_size": st.integers(1, 3), "stride": st.integers(1, 3)}),
    ),
    st.just(("upsample", {"scale_factor": 2})),
    st.just(("upsample", {"scale_factor": 3})),
    st.tuples(
        st.just("conv_transpose2d"),
        st.fixed_dictionaries(
            {"out_channels": st.just(1), "kernel_size": st.integers(1, 4), "stride": st.integers(1, 3)}
        ),
    ),
    st.just(("elu", {})),
    st.just(("zero_pad2d", {"left": 2})),
)


def measured(tensor: torch.Tensor, image: torch.Tensor) -> int:
    """Return the longest side of what any inner output value depends on, by its gradient."""
    longest = 0
    _, _, height, width = tensor.shape
    for row in range(height):
        for column in range(width):
            (gradient,) = torch.autograd.grad(tensor[0, 0, row, column], image, retain_graph=True)
            places = gradient[0, 0].nonzero()
            if len(places):
                longest = max(longest, int((places.max(0).values - places.min(0).values).max()) + 1)
    return longest


@settings(max_examples=25)
@example(layers=[("upsample", {"scale_factor": 2}), ("avg_pool2d", {"kernel_size": 2, "stride": 2})])
@given(layers=st.lists(LAYERS, min_size=1, max_size=4))
def test_a_receptive_field_is_what_gradients_reach(layers: list[tuple[str, dict[str, Any]]]) -> None:
    dataset = DatasetShape("set", "Set", "classification", 1, SIDE, SIDE, ("a", "b"), 100)
    nodes = {f"n_{number}": layer for number, layer in enumerate(layers)}
    names = list(nodes)
    facts = check(
        graph(
            {"data": ("dataset", {"dataset": "set"}), **nodes},
            *map(">".join, zip(["data", *names], names, strict=False)),
        ),
        lambda _: dataset,
    ).nodes
    last = facts[names[-1]]
    assume(last.outputs)
    _, height, width = last.outputs["output"]
    assume(min(height, width) >= 5)
    assume(max(height, width) <= 150)
    assert last.receptive_field is not None
    assume(last.receptive_field <= SIDE // 2)
    image = torch.rand((1, 1, SIDE, SIDE), dtype=torch.float64, requires_grad=True)
    tensor: torch.Tensor = image
    for kind, params in layers:
        tensor = run(kind, values_of(catalog[kind], params)[0], (tuple(tensor.shape[1:]),), tensor)
    middle = tensor[:, :, height // 2 - 2 :, width // 2 - 2 :][:, :, :6, :6]
    reached = measured(middle, image)
    # Steps behind an enlargement may pass over the places that see most; what is told is what could be seen.
    assert reached <= last.receptive_field if skips_places(layers) else reached == last.receptive_field


def skips_places(layers: list[tuple[str, dict[str, Any]]]) -> bool:
    """Return whether something with a step larger than 1 stands behind an enlargement."""
    enlarged = False
    for kind, params in layers:
        if kind in ("upsample", "conv_transpose2d"):
            enlarged = True
        elif enlarged and (params.get("stride") or (params.get("kernel_size", 1) if "pool" in kind else 1)) != 1:
            return True
    return False


def test_an_adaptive_pool_to_one_pixel_sees_the_whole_image() -> None:
    dataset = DatasetShape("set", "Set", "classification", 1, SIDE, SIDE, ("a", "b"), 100)
    facts = check(
        graph({"data": ("dataset", {"dataset": "set"}), "pool_1": "adaptive_avg_pool2d"}, "data>pool_1"),
        lambda _: dataset,
    ).nodes
    assert facts["pool_1"].receptive_field == SIDE


def test_a_kernel_of_one_row_and_one_of_one_column_see_a_square() -> None:
    dataset = DatasetShape("set", "Set", "classification", 1, SIDE, SIDE, ("a", "b"), 100)
    row, column = ("conv2d", {"kernel_size": "1, 7"}), ("conv2d", {"kernel_size": "7, 1"})
    facts = check(
        graph({"data": ("dataset", {"dataset": "set"}), "a": row, "b": column}, "data>a", "a>b"), lambda _: dataset
    ).nodes
    assert facts["b"].receptive_field == 7


def test_after_a_permute_nothing_is_said_about_the_receptive_field() -> None:
    dataset = DatasetShape("set", "Set", "classification", 1, SIDE, SIDE, ("a", "b"), 100)
    nodes = {"data": ("dataset", {"dataset": "set"}), "a": ("permute", {"dims": "1, 2, 3"}), "b": "permute"}
    facts = check(graph(nodes, "data>a", "a>b"), lambda _: dataset).nodes
    assert (facts["a"].receptive_field, facts["b"].receptive_field) == (1, None)
