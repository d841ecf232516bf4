from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.graphs import graph, lookup

from patholearn_lab.errors import DocumentError, NotFoundError
from patholearn_lab.graph.architecture import Architecture
from patholearn_lab.graph.check import check
from patholearn_lab.graph.grouping import expanded
from patholearn_lab.graph.ready_blocks import ready_blocks


def _with(name: str, **params: int) -> tuple[Architecture, str]:
    net = Architecture(graph({"data": ("dataset", {"dataset": "he_tissue"})}))
    stem = net.add("conv2d", after="data", out_channels=16, same_padding=True)
    return net, net.add_block(name, after=stem, **params)


@pytest.mark.parametrize(
    ("name", "params", "shape", "parameters"),
    [
        # torchvision.models.resnet.BasicBlock(16, 16) and BasicBlock(16, 32, stride=2, downsample=…) have as many.
        ("residual", {"channels": 16}, (16, 64, 64), 4_672),
        ("residual_projection", {"channels": 32, "stride": 2}, (32, 32, 32), 14_528),
        ("bottleneck", {"channels": 4}, (16, 64, 64), 320),
        ("bottleneck_projection", {"channels": 8, "stride": 2}, (32, 32, 32), 1_632),
        ("inception", {"narrow": 8, "medium": 16, "wide": 4, "pooled": 4}, (32, 64, 64), 1_746),
        ("unet_down", {"channels": 8}, (8, 32, 32), 1_760),
    ],
)
def test_a_ready_block_gives_this_shape_and_has_so_many_weights(
    name: str, params: dict[str, int], shape: tuple[int, ...], parameters: int
) -> None:
    net, node = _with(name, **params)
    facts = net.check(lookup).nodes[node]
    assert facts.outputs["output"] == shape
    assert facts.parameters == parameters
    assert not [issue for issue in net.check(lookup).issues if issue.node == node and issue.severity == "error"]
    assert check(expanded(net.document), lookup).totals == net.check(lookup).totals


def test_a_u_net_level_down_and_up_meet_at_the_skip() -> None:
    net, down = _with("unet_down", channels=8)
    up = net.add_block("unet_up", channels=8)
    net.connect(down, up, "output", "input")
    net.connect(down, up, "skip", "skip")
    assert net.check(lookup).nodes[up].outputs["output"] == (8, 64, 64)


def test_a_stride_asks_for_the_residual_block_with_a_projection() -> None:
    net, node = _with("residual", channels=32, stride=2)
    assert net.document.nodes[node].kind == "block/residual_projection"
    other, node = _with("residual", channels=16)
    assert other.document.nodes[node].kind == "block/residual"


def test_adding_a_ready_block_is_one_undo_step() -> None:
    net, _ = _with("inception")
    assert net.undo()
    assert net.blocks == {}


def test_every_ready_block_says_what_it_is_for() -> None:
    for ready in ready_blocks():
        assert ready.title
        assert ready.summary.endswith(".")
        assert all(param.label and param.help.endswith(".") for param in ready.block.params)


def test_an_unknown_block_and_a_wrong_setting_are_refused() -> None:
    with pytest.raises(NotFoundError, match="no ready block called 'resudual'"):
        _with("resudual")
    with pytest.raises(DocumentError, match="“Channels” must be at least 1"):
        _with("residual", channels=0)
    with pytest.raises(DocumentError, match="has no parameter 'width'"):
        _with("residual", width=3)


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["residual_projection", "bottleneck_projection", "unet_down"]),
        st.integers(1, 12),
        st.integers(1, 2),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=15, deadline=None)
@given(_STEPS)
def test_blocks_and_what_comes_out_of_them_have_the_same_shapes_and_cost(steps: list[tuple[str, int, int]]) -> None:
    net, last = _with("residual", channels=16)
    for name, channels, stride in steps:
        last = net.add_block(name, after=last, channels=channels, **({} if name == "unet_down" else {"stride": stride}))
    flat = check(expanded(net.document), lookup)
    whole = net.check(lookup)
    assert flat.totals == whole.totals
    inner = sorted(str(facts) for key, facts in whole.nodes.items() if not _is_block(net, key))
    assert inner == sorted(str(facts) for facts in flat.nodes.values())


def _is_block(net: Architecture, key: str) -> bool:
    """Return whether a key of the facts is that of a use, not of a layer."""
    return key in net.document.nodes and net.document.nodes[key].kind.startswith("block/")
