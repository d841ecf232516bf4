"""Steps that together are one layer: functions that take their weights along, and attention that is written out.

What a layer replaces is left without a use, and only what the end of a program needs is drawn. A layer is taken only
where a kind of node stands for it (`read_step`), so that everything else stays as its author wrote it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from patholearn_lab.tracing.attention import attention_module, written_attention
from patholearn_lab.tracing.finder import Arguments, Finder, called, layer_in_place_of
from patholearn_lab.tracing.program import Batch, Program, Step


def with_layers(program: Program) -> Program:
    """Return a program in which layers stand in the place of the last of the steps that together are one."""
    finder = Finder(program)
    for step in program.steps:
        found = (layer for pattern in _PATTERNS if (layer := pattern(finder, step)) is not None)
        layer = next(filter(finder.is_drawn, found), None)
        if layer is not None:
            finder.steps[step.name] = layer
    return replace(program, steps=tuple(finder.steps.values()), tensors=finder.tensors)


@dataclass(frozen=True)
class _Functional:
    """A function that is a layer when it is given the layer's weights.

    Parameters
    ----------
    arguments
        Its arguments in order; the first is what comes in.
    layers
        The layer, by the number of axes that come in besides the batch.
    state
        Which arguments are the layer's tensors.
    settings
        The layer's settings, from the arguments and the weights' sizes; None where no layer does that.
    """

    arguments: tuple[str, ...]
    layers: Mapping[int, str]
    state: tuple[str, ...]
    settings: Callable[[Arguments, tuple[int, ...]], Arguments | None]


def _everywhere(layer: str) -> dict[int, str]:
    return dict.fromkeys((1, 2, 3), layer)


def _conv_settings(given: Arguments, weight: tuple[int, ...]) -> Arguments:
    groups = given.get("groups", 1)
    rest: Arguments = {name: given[name] for name in ("stride", "padding", "dilation") if name in given}
    return {
        "in_channels": weight[1] * groups,
        "out_channels": weight[0],
        "kernel_size": weight[2:],
        "groups": groups,
        **rest,
    }


def _norm_settings(given: Arguments, weight: tuple[int, ...]) -> Arguments | None:
    if given.get("training") or given.get("running_mean") is None:
        return None
    return {"num_features": weight[0], "eps": given.get("eps", 1e-5), "momentum": given.get("momentum", 0.1)}


def _batch_norm(*arguments: str) -> _Functional:
    state = ("weight", "bias", "running_mean", "running_var")
    return _Functional(arguments, {1: "BatchNorm1d", 2: "BatchNorm1d", 3: "BatchNorm2d"}, state, _norm_settings)


_CONVOLUTION = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")
_FUNCTIONS: Mapping[str, _Functional] = {
    "linear": _Functional(
        ("input", "weight", "bias"),
        _everywhere("Linear"),
        ("weight", "bias"),
        lambda _given, weight: {"in_features": weight[1], "out_features": weight[0]},
    ),
    "conv2d": _Functional(_CONVOLUTION, {3: "Conv2d"}, ("weight", "bias"), _conv_settings),
    "layer_norm": _Functional(
        ("input", "normalized_shape", "weight", "bias", "eps", "cudnn_enable"),
        _everywhere("LayerNorm"),
        ("weight", "bias"),
        lambda given, _weight: {"normalized_shape": tuple(given["normalized_shape"]), "eps": given.get("eps", 1e-5)},
    ),
    "group_norm": _Functional(
        ("input", "num_groups", "weight", "bias", "eps", "cudnn_enabled"),
        _everywhere("GroupNorm"),
        ("weight", "bias"),
        lambda given, weight: {
            "num_groups": given["num_groups"],
            "num_channels": weight[0],
            "eps": given.get("eps", 1e-5),
        },
    ),
    "torch.nn.functional.batch_norm": _batch_norm(
        "input", "running_mean", "running_var", "weight", "bias", "training", "momentum", "eps"
    ),
    "torch.batch_norm": _batch_norm(
        "input", "weight", "bias", "running_mean", "running_var", "training", "momentum", "eps", "cudnn_enabled"
    ),
}
"""By their dotted names, or the last part of it where all functions of that name take the same."""


def _functional(finder: Finder, step: Step) -> Step | None:
    """``F.layer_norm(x, (192,), weight, bias)`` with weights of the network: a LayerNorm."""
    function = _FUNCTIONS.get(step.target) or _FUNCTIONS.get(step.target.rpartition(".")[2])
    if function is None or step.path or not step.target.startswith("torch.") or step.shape is None:
        return None
    given = called(step, function.arguments)
    layer = function.layers.get(len(step.shape))
    if given is None or layer is None:
        return None
    keys = {name: finder.weight(given.get(name)) for name in function.state}
    if keys["weight"] is None or any(given.get(name) is not None and key is None for name, key in keys.items()):
        return None
    settings = function.settings(given, tuple(finder.tensors[keys["weight"]].shape))
    if settings is None:
        return None
    settings["bias"] = keys["bias"] is not None
    state = {name: key for name, key in keys.items() if key is not None}
    path = keys["weight"].rpartition(".")[0]
    if layer.startswith("BatchNorm"):
        state["num_batches_tracked"] = _count(finder, f"{path}.num_batches_tracked")
        if not settings.pop("bias"):
            return None
    return layer_in_place_of(step, f"torch.nn.{layer}", (given["input"],), settings, state, path)


def _count(finder: Finder, key: str) -> str:
    """Return the key of how many batches a batch norm has seen, which only training counts."""
    import torch

    finder.tensors.setdefault(key, torch.tensor(0))
    return key


def _pixels(finder: Finder, step: Step) -> Step | None:
    """``x.flatten(2).transpose(1, 2)``: each pixel of an image becomes a step of a sequence."""
    flat = finder.step(step.args[0]) if step.args else None
    turns = step.target == "torch.Tensor.transpose" and step.args[1:] in ((1, 2), (2, 1), (-1, -2), (-2, -1))
    turns = turns or (step.target == "torch.Tensor.permute" and step.args[1:] == (0, 2, 1))
    image = finder.step(flat.args[0]) if flat is not None and turns and flat.args else None
    if flat is None or image is None or image.shape is None or len(image.shape) != 3:
        return None
    if flat.shape != (image.shape[0], image.shape[1] * image.shape[2]):
        return None
    if flat.target == "torch.Tensor.flatten" or (
        flat.target in ("torch.Tensor.reshape", "torch.Tensor.view") and isinstance(flat.args[1], Batch)
    ):
        return replace(step, target="image_to_sequence", args=(flat.args[0],), kwargs={}, node={"steps": "pixels"})
    return None


def _class_token(finder: Finder, step: Step) -> Step | None:
    """``torch.cat([self.token.expand(n, -1, -1), x], dim=1)``."""
    given = called(step, ("tensors", "dim")) if step.target in ("torch.cat", "torch.concat") else None
    if given is None or given.get("dim") != 1 or len(given["tensors"]) != 2:
        return None
    first = finder.step(given["tensors"][0])
    key = finder.weight(first.args[0]) if first is not None and first.target == "torch.Tensor.expand" else None
    if key is None or tuple(finder.tensors[key].shape[:2]) != (1, 1):
        return None
    return replace(step, target="ClassToken", args=(given["tensors"][1],), kwargs={}, state={"token": key}, node={})


def _positions(finder: Finder, step: Step) -> Step | None:
    """``x + self.positions``, with a vector for every step."""
    if step.target not in ("operator.add", "operator.iadd", "torch.add") or len(step.args) != 2 or step.shape is None:
        return None
    for value, other in (step.args, step.args[::-1]):
        key = finder.weight(other)
        if key is not None and len(step.shape) == 2 and tuple(finder.tensors[key].shape) == (1, *step.shape):
            state = {"positions": key}
            return replace(step, target="PositionEmbedding", args=(value,), kwargs={}, state=state, node={})
    return None


def _first_step(_finder: Finder, step: Step) -> Step | None:
    """``x[:, 0]``: the class token, or the last step."""
    if step.target != "operator.getitem" or step.shape is None or len(step.shape) != 1:
        return None
    index = step.args[1]
    if not isinstance(index, tuple) or len(index) != 2 or index[0] != slice(None) or index[1] not in (0, -1):
        return None
    return replace(
        step, target="sequence_pool", args=step.args[:1], node={"take": "first" if index[1] == 0 else "last"}
    )


def _values_of_pool(finder: Finder, step: Step) -> Step | None:
    """``F.adaptive_max_pool2d_with_indices(x, 7)[0]``: the values, without the places that they come from."""
    pool = finder.step(step.args[0]) if step.target == "operator.getitem" and step.args[1:] == (0,) else None
    if pool is None or not pool.target.endswith("_with_indices"):
        return None
    return replace(pool, name=step.name, target=pool.target.removesuffix("_with_indices"), shape=step.shape)


_PATTERNS: tuple[Callable[[Finder, Step], Step | None], ...] = (
    _functional,
    attention_module,
    written_attention,
    _pixels,
    _class_token,
    _positions,
    _first_step,
    _values_of_pool,
)
