"""Blocks that come ready: residual, bottleneck, inception, and the two halves of a level of a U-Net.

Each is an ordinary block of a document: it can be opened, changed and used in other blocks once it was added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from patholearn_lab.errors import NotFoundError
from patholearn_lab.graph.block import Block, BlockInput, BlockOutput, BlockParam
from patholearn_lab.graph.document import Edge, Node, ParamValue
from patholearn_lab.graph.layout import COLUMN, ROW

_STRIDE = BlockParam(
    name="stride",
    default=1,
    minimum=1,
    maximum=8,
    label="Stride",
    unit="px",
    help="Step of the first 3 × 3 convolution. 2 halves the height and the width.",
)


@dataclass(frozen=True)
class ReadyBlock:
    """A block that comes ready: what it is called, what it is for, and its definition."""

    name: str
    title: str
    summary: str
    block: Block


def ready_blocks() -> list[ReadyBlock]:
    """Return all ready blocks."""
    return [
        ReadyBlock(
            "residual",
            "Residual block",
            "Two 3 × 3 convolutions whose result is added to what came in (ResNet-18). Channels and size must stay; "
            "where they change, take the one with a projection.",
            _residual("Residual", project=False),
        ),
        ReadyBlock(
            "residual_projection",
            "Residual block with a projection",
            "As the residual block; a 1 × 1 convolution on the shortcut lets channels and size change.",
            _residual("Residual projection", project=True),
        ),
        ReadyBlock(
            "bottleneck",
            "Bottleneck block",
            "1 × 1, 3 × 3 and 1 × 1 convolution around few channels, added to what came in (ResNet-50). What comes in "
            "has four times the channels; where it has not, take the one with a projection.",
            _bottleneck("Bottleneck", project=False),
        ),
        ReadyBlock(
            "bottleneck_projection",
            "Bottleneck block with a projection",
            "As the bottleneck; a 1 × 1 convolution on the shortcut lets channels and size change.",
            _bottleneck("Bottleneck projection", project=True),
        ),
        ReadyBlock(
            "inception",
            "Inception block",
            "Looks at the image with windows of 1, 3 and 5 pixels and a pooling side by side (GoogLeNet).",
            _inception(),
        ),
        ReadyBlock(
            "unet_down",
            "U-Net level, down",
            "Two 3 × 3 convolutions, then a pooling that halves the size. “Skip” goes across to the level up.",
            _unet_down(),
        ),
        ReadyBlock(
            "unet_up",
            "U-Net level, up",
            "Doubles the size, puts what comes across behind it, and convolves twice.",
            _unet_up(),
        ),
    ]


def ready_block(name: str) -> ReadyBlock:
    """Return the ready block of that name. Raises NotFoundError."""
    known = {ready.name: ready for ready in ready_blocks()}
    if name not in known:
        raise NotFoundError(f"There is no ready block called {name!r}.", f"There are: {', '.join(known)}.")
    return known[name]


def with_projection(name: str, params: Mapping[str, ParamValue], project: bool | None) -> str:
    """Return the name of the ready block that projects its shortcut, where that is wished or a stride needs it."""
    projecting = {ready.name for ready in ready_blocks() if ready.name.endswith("_projection")}
    wished = params.get("stride") not in (None, 1) if project is None else project
    return f"{name}_projection" if wished and f"{name}_projection" in projecting else name


class _Drawing:
    """Collects nodes and edges, column by column."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.edges: dict[str, Edge] = {}
        self.inputs: list[BlockInput] = []
        self._depth: dict[str, float] = {}

    def chain(self, after: str, column: int, *nodes: tuple[str, str, Mapping[str, ParamValue]]) -> str:
        """Put nodes one below the other, after a node or an input (``<its label>``); return the last one."""
        for key, kind, params in nodes:
            self.wire(after, key)
            y = self._depth.get(after, -ROW) + ROW
            self._depth[key] = max(y, self._depth.get(key, y))
            self.nodes[key] = Node(kind=kind, params=dict(params), x=column * COLUMN, y=self._depth[key])
            after = key
        return after

    def wire(self, source: str, target: str) -> None:
        """Connect two nodes, or an input with a node."""
        key = f"e{len(self.edges) + len(self.inputs) + 1}"
        if source.startswith("<"):
            label = source.strip("<>")
            name = "skip" if label == "Skip" else "input"
            self.inputs.append(BlockInput(name=name, label=label, node=target, port="input", edge=key))
            return
        self.edges[key] = Edge(source=source, source_port="output", target=target, target_port="input")

    def block(self, label: str, params: tuple[BlockParam, ...], **outputs: str) -> Block:
        """Return the block; `outputs` name the nodes that give what leaves."""
        labels = {"output": "Output", "skip": "Skip"}
        return Block(
            label=label,
            params=params,
            nodes=self.nodes,
            edges=self.edges,
            inputs=tuple(self.inputs),
            outputs=tuple(
                BlockOutput(name=name, label=labels[name], node=node, port="output") for name, node in outputs.items()
            ),
        )


_Step = tuple[str, str, Mapping[str, ParamValue]]
_IMAGE = "<Image>"


def _conv(number: int, channels: str, kernel: int, **params: ParamValue) -> tuple[_Step, _Step]:
    """Return a convolution without bias and the batch norm behind it."""
    same: dict[str, ParamValue] = {"padding": kernel // 2} if kernel > 1 else {}
    settings = {"out_channels": channels, "kernel_size": kernel, "bias": False, **same, **params}
    return (f"conv_{number}", "conv2d", settings), (f"norm_{number}", "batch_norm", {})


def _relu(number: int) -> _Step:
    return (f"relu_{number}", "relu", {})


def _channels(default: int, text: str) -> BlockParam:
    return BlockParam(name="channels", default=default, minimum=1, maximum=65_536, label="Channels", help=text)


def _residual(label: str, *, project: bool) -> Block:
    drawing = _Drawing()
    way: tuple[_Step, ...] = (
        *_conv(1, "=channels", 3, stride="=stride"),
        _relu(1),
        *_conv(2, "=channels", 3),
        ("add_1", "add", {}),
    )
    drawing.chain(_IMAGE, 0, *way)
    _shortcut(drawing, 3, "=channels", project=project)
    last = drawing.chain("add_1", 0, _relu(2))
    params = (_channels(64, "Number of patterns that each of the two convolutions learns."),)
    if project:
        return drawing.block(label, (*params, _STRIDE), output=last)
    return _without_stride(drawing, label, params, last)


def _bottleneck(label: str, *, project: bool) -> Block:
    drawing = _Drawing()
    way: tuple[_Step, ...] = (
        *_conv(1, "=channels", 1),
        _relu(1),
        *_conv(2, "=channels", 3, stride="=stride"),
        _relu(2),
        *_conv(3, "=channels * 4", 1),
        ("add_1", "add", {}),
    )
    drawing.chain(_IMAGE, 0, *way)
    _shortcut(drawing, 4, "=channels * 4", project=project)
    last = drawing.chain("add_1", 0, _relu(3))
    params = (_channels(64, "Channels in the narrow middle. Four times as many leave."),)
    if project:
        return drawing.block(label, (*params, _STRIDE), output=last)
    return _without_stride(drawing, label, params, last)


def _shortcut(drawing: _Drawing, number: int, channels: str, *, project: bool) -> None:
    if project:
        end = drawing.chain(_IMAGE, 1, *_conv(number, channels, 1, stride="=stride"))
        drawing.wire(end, "add_1")
    else:
        drawing.wire(_IMAGE, "add_1")


def _without_stride(drawing: _Drawing, label: str, params: tuple[BlockParam, ...], last: str) -> Block:
    """Return a block whose shortcut changes nothing, so that its convolutions must not change the size either."""
    drawing.nodes = {
        key: node.model_copy(
            update={"params": {name: value for name, value in node.params.items() if name != "stride"}}
        )
        for key, node in drawing.nodes.items()
    }
    return drawing.block(label, params, output=last)


def _inception() -> Block:
    drawing = _Drawing()
    one = drawing.chain(_IMAGE, 0, _plain_conv("conv_1x1", "=narrow", 1), ("relu_1x1", "relu", {}))
    three = drawing.chain(
        _IMAGE,
        1,
        _plain_conv("reduce_3x3", "=medium // 2", 1),
        ("relu_reduce_3x3", "relu", {}),
        _plain_conv("conv_3x3", "=medium", 3),
        ("relu_3x3", "relu", {}),
    )
    five = drawing.chain(
        _IMAGE,
        2,
        _plain_conv("reduce_5x5", "=wide // 2", 1),
        ("relu_reduce_5x5", "relu", {}),
        _plain_conv("conv_5x5", "=wide", 5),
        ("relu_5x5", "relu", {}),
    )
    pooled = drawing.chain(
        _IMAGE,
        3,
        ("pool", "max_pool2d", {"kernel_size": 3, "stride": 1, "padding": 1}),
        _plain_conv("conv_pool", "=pooled", 1),
        ("relu_pool", "relu", {}),
    )
    last = drawing.chain(three, 1, ("concat_1", "concatenate", {}))
    for branch in (one, five, pooled):
        drawing.wire(branch, last)
    what = {"narrow": 64, "medium": 128, "wide": 32, "pooled": 32}
    windows = {"narrow": "1 × 1 window", "medium": "3 × 3 window", "wide": "5 × 5 window", "pooled": "pooling"}
    params = tuple(
        BlockParam(
            name=name,
            default=default,
            minimum=2,
            maximum=65_536,
            label=f"Channels of the {windows[name]}",
            help=f"Number of patterns behind the {windows[name]}.",
        )
        for name, default in what.items()
    )
    return drawing.block("Inception", params, output=last)


def _unet_down() -> Block:
    drawing = _Drawing()
    skip = drawing.chain(_IMAGE, 0, *_conv(1, "=channels", 3), _relu(1), *_conv(2, "=channels", 3), _relu(2))
    last = drawing.chain(skip, 0, ("pool_1", "max_pool2d", {"kernel_size": 2}))
    params = (_channels(64, "Number of patterns that this level learns."),)
    return drawing.block("U-Net down", params, output=last, skip=skip)


def _unet_up() -> Block:
    drawing = _Drawing()
    up: _Step = ("up_1", "conv_transpose2d", {"out_channels": "=channels", "kernel_size": 2, "stride": 2})
    concat = drawing.chain(_IMAGE, 0, up, ("concat_1", "concatenate", {}))
    drawing.wire("<Skip>", concat)
    last = drawing.chain(concat, 0, *_conv(1, "=channels", 3), _relu(1), *_conv(2, "=channels", 3), _relu(2))
    params = (_channels(64, "Number of patterns that this level learns; as many as on the way down."),)
    return drawing.block("U-Net up", params, output=last)


def _plain_conv(key: str, channels: str, kernel: int) -> _Step:
    padding: dict[str, ParamValue] = {"padding": kernel // 2} if kernel > 1 else {}
    return (key, "conv2d", {"out_channels": channels, "kernel_size": kernel, **padding})
