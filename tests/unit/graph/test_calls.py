"""The torch call of a node is written and read back by one declaration."""

from __future__ import annotations

from typing import Any

import pytest

from patholearn_lab.graph.calls import UnreadableCallError, read_call, size_text, write_call
from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.settings import values_of
from patholearn_lab.graph.spec import Shape

CASES = [
    ("conv2d", {}, (3, 32, 32), (3, 32), {"kernel_size": 3}),
    (
        "conv2d",
        {"kernel_size": "1, 7", "stride": 2, "padding": "0, 3"},
        (3, 32, 32),
        (3, 32),
        {"kernel_size": (1, 7), "stride": 2, "padding": (0, 3)},
    ),
    (
        "conv2d",
        {"same_padding": True, "bias": False},
        (8, 9, 9),
        (8, 32),
        {"kernel_size": 3, "padding": "same", "bias": False},
    ),
    ("linear", {"out_features": 2}, (48,), (48, 2), {}),
    ("max_pool2d", {"kernel_size": 3, "stride": 2}, (3, 9, 9), (), {"kernel_size": 3, "stride": 2}),
    ("flatten", {}, (3, 9, 9), (), {"start_dim": 1}),
    ("leaky_relu", {"negative_slope": 0.2}, (3, 9, 9), (), {"negative_slope": 0.2}),
    ("dropout", {"p": 0.25}, (10,), (0.25,), {}),
]


@pytest.mark.parametrize(("kind", "params", "shape", "positional", "keywords"), CASES)
def test_a_call_is_written_and_read_back(
    kind: str, params: dict[str, Any], shape: Shape, positional: tuple[Any, ...], keywords: dict[str, Any]
) -> None:
    spec = catalog[kind]
    values, problems = values_of(spec, params)
    assert not problems
    call = write_call(spec, values, (shape,))
    assert (call.positional, dict(call.keywords)) == (positional, keywords)
    given = {name: value for name, value in params.items() if catalog[kind].param(name).default != value}  # type: ignore[union-attr]
    assert read_call(spec, call.positional, call.keywords) == given


def test_positional_arguments_are_those_of_the_declaration() -> None:
    assert read_call(catalog["conv2d"], (1, 6, 5, 2), {}) == {"out_channels": 6, "kernel_size": 5, "stride": 2}


def test_a_vector_gets_the_batch_norm_of_vectors() -> None:
    values, _ = values_of(catalog["batch_norm"], {})
    assert write_call(catalog["batch_norm"], values, ((8,),)).target == "torch.nn.BatchNorm1d"
    assert write_call(catalog["batch_norm"], values, ((8, 4, 4),)).target == "torch.nn.BatchNorm2d"


@pytest.mark.parametrize(
    ("kind", "positional", "keywords", "words"),
    [
        ("conv2d", (1, 2, 3), {"padding_mode": "reflect"}, "no argument 'padding_mode'"),
        ("conv2d", (1, 2, 3), {"kernel_size": 5}, "given twice"),
        ("conv2d", (1, 2), {}, "'kernel_size' is missing"),
        ("linear", (1, 2, True, 4), {}, "takes 3"),
        ("flatten", (), {"start_dim": 2}, "start_dim=1, not 2"),
        ("dropout", (), {"p": [1]}, "no node could keep"),
    ],
)
def test_a_call_that_no_node_stands_for_says_why(
    kind: str, positional: tuple[Any, ...], keywords: dict[str, Any], words: str
) -> None:
    with pytest.raises(UnreadableCallError, match=words.replace("(", r"\(")):
        read_call(catalog[kind], positional, keywords)


@pytest.mark.parametrize(("value", "text"), [(3, 3), ((3, 3), 3), ((1, 7), "1, 7"), ([2, 2], 2)])
def test_a_size_is_kept_as_short_as_it_can_be(value: Any, text: Any) -> None:
    assert size_text(value) == text
