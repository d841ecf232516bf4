"""What brings values to a common scale, so that training is steadier."""

from __future__ import annotations

from typing import Any

from patholearn_lab.graph import cost, shapes
from patholearn_lab.graph.shapes import ShapeProblem, show
from patholearn_lab.graph.spec import Argument, NodeSpec, Param, Port, Shape, Values

_IMAGE = Port(name="input", label="Image", types=("image",))
_OUTPUT = Port(name="output", label="Same shape", same_as="input")
_EPS = Param(
    name="eps",
    type="float",
    default=1e-5,
    minimum=1e-12,
    maximum=1.0,
    label="Epsilon",
    basic=False,
    help="Added to the variance, so that nothing is divided by 0.",
)
_MOMENTUM = Param(
    name="momentum",
    type="float",
    default=0.1,
    minimum=0.0,
    maximum=1.0,
    label="Momentum",
    basic=False,
    help="How quickly the remembered mean and variance follow the newest batch.",
)


def _switch(name: str, label: str, text: str, *, default: bool) -> Param:
    return Param(name=name, type="bool", default=default, label=label, basic=False, help=text)


def _affine(name: str, what: str, *, default: bool = True) -> Param:
    return _switch(name, "Learned scale", f"Whether {what} learns a scale and a shift of its own.", default=default)


def _remembered(*, default: bool) -> Param:
    return _switch(
        "track_running_stats",
        "Remember the mean",
        "Whether mean and variance are remembered while training, and used afterwards.",
        default=default,
    )


def _channels(_values: Values, inputs: tuple[Shape, ...]) -> int:
    return inputs[0][0]


def _batch_norm(_values: Values, inputs: tuple[Shape, ...]) -> str:
    return "torch.nn.BatchNorm2d" if len(inputs[0]) == 3 else "torch.nn.BatchNorm1d"


BATCH_NORM = NodeSpec(
    kind="batch_norm",
    label="Batch norm",
    category="Normalization",
    summary="Brings every channel to a common scale, so that training is quicker and steadier.",
    target="torch.nn.BatchNorm2d",
    stem="norm",
    basic=True,
    inputs=(Port(name="input", label="Image or vector", types=("image", "vector")),),
    outputs=(_OUTPUT,),
    params=(_MOMENTUM, _EPS, _affine("affine", "every channel"), _remembered(default=True)),
    shape=shapes.unchanged,
    parameters=cost.scale_and_shift,
    multiply_adds=cost.one_each,
    target_for=_batch_norm,
    aliases=("torch.nn.BatchNorm1d",),
    arguments=(
        Argument("num_features", derived=_channels, positional=True),
        Argument("eps", default=1e-5),
        Argument("momentum", default=0.1),
        Argument("affine", default=True),
        Argument("track_running_stats", default=True),
    ),
)


def _normalized(_values: Values, inputs: tuple[Shape, ...]) -> Any:
    """Return what one mean is taken of: a whole image, but the features of one step."""
    return inputs[0] if len(inputs[0]) == 3 else inputs[0][-1]


LAYER_NORM = NodeSpec(
    kind="layer_norm",
    label="Layer norm",
    category="Normalization",
    summary="Brings the values of each sample to a common scale, whatever else is in the batch; usual in transformers.",
    target="torch.nn.LayerNorm",
    stem="norm",
    inputs=(Port(name="input", label="Image, sequence or vector", types=("image", "sequence", "vector")),),
    outputs=(_OUTPUT,),
    params=(_EPS, _affine("elementwise_affine", "every value")),
    shape=shapes.unchanged,
    parameters=cost.layer_norm_parameters,
    multiply_adds=cost.one_each,
    arguments=(
        Argument("normalized_shape", derived=_normalized, positional=True),
        Argument("eps", default=1e-5),
        Argument("elementwise_affine", default=True),
    ),
)


def _grouped(values: Values, inputs: tuple[Shape, ...]) -> Shape:
    channels, groups = inputs[0][0], values["num_groups"]
    if channels % groups:
        fitting = max(number for number in range(1, groups) if channels % number == 0)
        raise ShapeProblem(
            "groups_do_not_divide",
            f"The {channels} channels cannot be divided into {groups} groups of the same size.",
            {"num_groups": fitting},
            f"Use {fitting} groups" if fitting > 1 else "Use one group",
        )
    return inputs[0]


GROUP_NORM = NodeSpec(
    kind="group_norm",
    label="Group norm",
    category="Normalization",
    summary="Brings groups of channels to a common scale, image by image: a batch norm for small batches.",
    target="torch.nn.GroupNorm",
    stem="norm",
    inputs=(_IMAGE,),
    outputs=(_OUTPUT,),
    params=(
        Param(
            name="num_groups",
            type="int",
            default=8,
            minimum=1,
            maximum=65_536,
            label="Groups",
            help="Parts into which the channels are divided. 1: all together; as many as channels: each for itself.",
        ),
        _EPS,
        _affine("affine", "every channel"),
    ),
    shape=_grouped,
    parameters=cost.scale_and_shift,
    multiply_adds=cost.one_each,
    arguments=(
        Argument("num_groups", positional=True),
        Argument("num_channels", derived=_channels, positional=True),
        Argument("eps", default=1e-5),
        Argument("affine", default=True),
    ),
)


def _image_by_image(_values: Values, inputs: tuple[Shape, ...]) -> Shape:
    if inputs[0][1:] == (1, 1):
        raise ShapeProblem(
            "image_too_small",
            f"A mean over one pixel leaves nothing of it, but {show(inputs[0])} comes in: each channel is one pixel.",
        )
    return inputs[0]


INSTANCE_NORM2D = NodeSpec(
    kind="instance_norm2d",
    label="Instance norm 2D",
    category="Normalization",
    summary="Brings every channel of every single image to a common scale, which evens out contrast and stain.",
    target="torch.nn.InstanceNorm2d",
    stem="norm",
    inputs=(_IMAGE,),
    outputs=(_OUTPUT,),
    params=(_EPS, _MOMENTUM, _affine("affine", "every channel", default=False), _remembered(default=False)),
    shape=_image_by_image,
    parameters=cost.scale_and_shift,
    multiply_adds=cost.one_each,
    arguments=(
        Argument("num_features", derived=_channels, positional=True),
        Argument("eps", default=1e-5),
        Argument("momentum", default=0.1),
        Argument("affine", default=False),
        Argument("track_running_stats", default=False),
    ),
)

SPECS = (BATCH_NORM, LAYER_NORM, GROUP_NORM, INSTANCE_NORM2D)
