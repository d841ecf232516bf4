"""What the kinds around sequences cost and refuse; their shapes and weights are compared with torch in test_shapes."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from support.torch_use import used
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.settings import values_of
from patholearn_lab.graph.shapes import ShapeProblem
from patholearn_lab.graph.spec import Shape

COSTS: list[tuple[str, dict[str, Any], tuple[Shape, ...]]] = [
    ("multihead_attention", {"num_heads": 4}, ((7, 16),)),
    ("multihead_attention", {"num_heads": 1, "bias": False}, ((1, 5),)),
    ("cross_attention", {"num_heads": 2}, ((3, 8), (11, 8))),
    ("transformer_encoder_layer", {"nhead": 4, "dim_feedforward": 48}, ((9, 16),)),
    ("transformer_encoder_layer", {"nhead": 2, "norm_first": True, "activation": "gelu"}, ((4, 6),)),
    ("patch_embedding", {"patch_size": 4, "features": 12}, ((3, 18, 24),)),
    ("squeeze_excitation", {"reduction": 4}, ((16, 5, 6),)),
    ("linear", {"out_features": 5}, ((7, 16),)),
    ("embedding", {}, ((6,),)),
    ("class_token", {}, ((6, 4),)),
    ("position_embedding", {}, ((6, 4),)),
]


@pytest.mark.parametrize(("kind", "params", "inputs"), COSTS)
def test_multiply_adds_are_those_that_torch_counts(
    kind: str, params: dict[str, Any], inputs: tuple[Shape, ...]
) -> None:
    """Torch counts two operations for each multiplication with its addition, in matrix products and convolutions."""
    spec = catalog[kind]
    values, problems = values_of(spec, params)
    assert not problems
    assert spec.shape is not None
    output = spec.shape(values, inputs)
    # The fused kernels of attention are not counted on a processor.
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        used(spec, dict(values), inputs, [torch.zeros((1, *shape)) for shape in inputs])
    assert spec.multiply_adds(values, inputs, output) == counter.get_total_flops() / 2


@pytest.mark.parametrize("kind", ["gru", "lstm"])
@pytest.mark.parametrize("params", [{}, {"num_layers": 2, "bidirectional": True}])
def test_a_recurrent_layer_multiplies_each_of_its_weights_once_a_step(kind: str, params: dict[str, Any]) -> None:
    spec = catalog[kind]
    values, _ = values_of(spec, {"hidden_size": 5, **params})
    layer, _ = used(spec, dict(values), ((7, 3),), [torch.zeros(1, 7, 3)])
    weights = sum(tensor.numel() for name, tensor in layer.named_parameters() if name.startswith("weight"))
    assert spec.multiply_adds(values, ((7, 3),), (7, 5)) == 7 * weights


@pytest.mark.parametrize(
    ("kind", "param"), [("multihead_attention", "num_heads"), ("transformer_encoder_layer", "nhead")]
)
@pytest.mark.parametrize(("heads", "features", "better"), [(4, 6, 3), (8, 7, 7), (8, 11, 1), (5, 64, 4)])
def test_heads_that_do_not_divide_are_mended_by_the_next_number_that_does(
    kind: str, param: str, heads: int, features: int, better: int
) -> None:
    spec = catalog[kind]
    values, _ = values_of(spec, {param: heads})
    assert spec.shape is not None
    with pytest.raises(ShapeProblem, match=f"The {features} features .* among {heads} heads") as caught:
        spec.shape(values, ((3, features),))
    assert caught.value.params == {param: better}
    assert spec.shape({**values, **caught.value.params}, ((3, features),)) == (3, features)


def test_a_patch_larger_than_the_image_is_mended() -> None:
    spec = catalog["patch_embedding"]
    values, _ = values_of(spec, {"patch_size": 16})
    assert spec.shape is not None
    with pytest.raises(ShapeProblem, match=r"covers 16 × 16 pixels, .* only 8 × 12") as caught:
        spec.shape(values, ((1, 8, 12),))
    assert spec.shape({**values, **caught.value.params}, ((1, 8, 12),)) == (1, 64)


def test_sequences_of_different_features_cannot_attend_to_each_other() -> None:
    spec = catalog["cross_attention"]
    values, _ = values_of(spec, {})
    assert spec.shape is not None
    with pytest.raises(ShapeProblem, match="3 × 8 and 5 × 16 come in"):
        spec.shape(values, ((3, 8), (5, 16)))


@pytest.mark.parametrize(
    ("steps", "first"), [("rows", [0, 1, 2, 6, 7, 8]), ("columns", [0, 3, 6, 9]), ("pixels", [0, 6])]
)
def test_an_image_is_read_row_by_row_column_by_column_or_pixel_by_pixel(steps: str, first: list[int]) -> None:
    image = torch.arange(12).reshape(1, 2, 2, 3)
    _, sequence = used(catalog["image_to_sequence"], {"steps": steps}, ((2, 2, 3),), [image])
    assert sequence[0, 0].tolist() == first


@pytest.mark.parametrize(("take", "vector"), [("mean", [3, 4]), ("max", [5, 6]), ("first", [1, 2]), ("last", [5, 6])])
def test_a_sequence_becomes_a_vector(take: str, vector: list[float]) -> None:
    sequence = torch.tensor([[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]])
    _, output = used(catalog["sequence_pool"], {"take": take}, ((3, 2),), [sequence])
    assert output.tolist() == [vector]
