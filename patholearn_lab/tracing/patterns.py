"""Steps that together are one layer: functions that take their weights along, and attention that is written out.

What a layer replaces is left without a use, and only what the end of a program needs is drawn. A layer is taken only
where a kind of node stands for it (`read_step`), so that everything else stays as its author wrote it.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from patholearn_lab.graph.calls import UnreadableCallError
from patholearn_lab.tracing.program import WEIGHT, Batch, Program, Ref, Step, between_nodes
from patholearn_lab.tracing.reading import Kinds, read_step
from patholearn_lab.tracing.torch_calls import same_value

Arguments: TypeAlias = dict[str, Any]


def with_layers(program: Program) -> Program:
    """Return a program in which layers stand in the place of steps that together are one."""
    return _Finder(program).found()


class _Finder:
    """Goes through the steps in order, and puts a layer in the place of the last of the steps that are one."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._steps = {step.name: step for step in program.steps}
        self._shapes = between_nodes(program)
        self._kinds = Kinds()
        self.tensors: dict[str, Any] = dict(program.tensors)

    def found(self) -> Program:
        for step in self._program.steps:
            for pattern in _PATTERNS:
                layer = pattern(self, step)
                if layer is not None and self._is_drawn(layer):
                    self._steps[step.name] = layer
                    break
        return replace(self._program, steps=tuple(self._steps.values()), tensors=self.tensors)

    def step(self, value: Any) -> Step | None:
        """Return what a reference stands for, behind steps that give what they get."""
        while isinstance(value, Ref):
            step = self._steps.get(value.step)
            if step is None or step.target != "torch.nn.Identity":
                return step
            value = step.args[0]
        return None

    def weight(self, value: Any) -> str | None:
        """Return the key of the weights that a reference stands for."""
        step = self.step(value)
        return step.state[""] if step is not None and step.target == WEIGHT else None

    def users(self, name: str) -> Iterator[Step]:
        return (step for step in self._program.steps if name in step.inputs)

    def _is_drawn(self, layer: Step) -> bool:
        """Return whether a kind of node stands for a layer, between tensors that go from node to node."""
        inputs = [self._shapes.get(name) for name in layer.inputs]
        if layer.name not in self._shapes or None in inputs:
            return False
        try:
            read_step(layer, [shape for shape in inputs if shape is not None], self._kinds)
        except UnreadableCallError:
            return False
        return True


def _called(step: Step, names: tuple[str, ...]) -> Arguments | None:
    """Return the arguments of a function by name; None where there are others."""
    if len(step.args) > len(names) or not step.kwargs.keys() <= set(names):
        return None
    return dict(zip(names, step.args, strict=False)) | dict(step.kwargs)


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


def _functional(finder: _Finder, step: Step) -> Step | None:
    """``F.layer_norm(x, (192,), weight, bias)`` with weights of the network: a LayerNorm."""
    function = _FUNCTIONS.get(step.target) or _FUNCTIONS.get(step.target.rpartition(".")[2])
    if function is None or step.path or not step.target.startswith("torch.") or step.shape is None:
        return None
    given = _called(step, function.arguments)
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
    return _layer(step, f"torch.nn.{layer}", (given["input"],), settings, state, path)


def _count(finder: _Finder, key: str) -> str:
    """Return the key of how many batches a batch norm has seen, which only training counts."""
    import torch

    finder.tensors.setdefault(key, torch.tensor(0))
    return key


def _layer(
    step: Step, target: str, args: tuple[Any, ...], settings: Arguments, state: Mapping[str, str], path: str
) -> Step:
    """Return a step that makes a layer with those settings."""
    import torch

    parameters = inspect.signature(getattr(torch.nn, target.rpartition(".")[2]).__init__).parameters
    settings = {name: value for name, value in settings.items() if name in parameters}
    usual = frozenset(name for name, value in settings.items() if same_value(value, parameters[name].default))
    return replace(step, target=target, args=args, kwargs={}, settings=settings, usual=usual, state=state, path=path)


def _attention_module(finder: _Finder, step: Step) -> Step | None:
    """``self.attention(x, x, x)[0]``: what comes first is what the layer gives, then the weights of its attention."""
    inner = finder.step(step.args[0]) if step.target == "operator.getitem" and step.args[1:] == (0,) else None
    if inner is None or inner.target != "torch.nn.MultiheadAttention" or len(inner.args) != 3:
        return None
    plain = {
        name: value for name, value in inner.kwargs.items() if name not in ("need_weights", "average_attn_weights")
    }
    others = [other for other in finder.users(inner.name) if other.args[1:] != (0,)]
    if any(value not in (None, False) for value in plain.values()) or any(list(finder.users(o.name)) for o in others):
        return None
    asking, key, answering = inner.args
    if key != answering or not inner.settings.get("batch_first") or "bias_k" in inner.state:
        return None
    settings = {name: value for name, value in inner.settings.items() if name not in ("kdim", "vdim")}
    settings["bias"] = "in_proj_bias" in inner.state
    if "in_proj_weight" not in inner.state:
        return None
    args = (asking,) if asking == key else (asking, key)
    return _layer(step, inner.target, args, settings, inner.state, inner.path)


def _written_attention(finder: _Finder, step: Step) -> Step | None:
    """Query, key and value from one Linear, their product, and a Linear over what all heads give: timm writes it so."""
    if step.target != "torch.nn.Linear" or step.shape is None or len(step.shape) != 2:
        return None
    steps, features = step.shape
    merged = finder.step(step.args[0])
    turned = finder.step(merged.args[0]) if merged is not None and _merges_heads(merged, steps, features) else None
    if turned is None or turned.target != "torch.Tensor.transpose" or turned.args[1:] not in ((1, 2), (2, 1)):
        return None
    parts = _product(finder, finder.step(turned.args[0]))
    source = _split(finder, parts) if parts else None
    if source is None:
        return None
    together, heads = source
    biased = together.settings["bias"]
    if step.settings["bias"] != biased or together.settings["in_features"] != features:
        return None
    state = {f"in_proj_{name}": key for name, key in together.state.items()}
    state |= {f"out_proj.{name}": key for name, key in step.state.items()}
    settings = {"embed_dim": features, "num_heads": heads, "bias": biased, "batch_first": True}
    path = together.path.rpartition(".")[0]
    return _layer(step, "torch.nn.MultiheadAttention", together.args, settings, state, path)


def _merges_heads(step: Step, steps: int, features: int) -> bool:
    """Return whether a step makes [steps, features] of [steps, heads, features of a head]."""
    if step.shape != (steps, features):
        return False
    if step.target == "torch.Tensor.flatten":
        return step.args[1:] in ((2,), (-2,))
    return step.target in ("torch.Tensor.reshape", "torch.Tensor.view")


def _product(finder: _Finder, step: Step | None) -> tuple[Any, Any, Any] | None:
    """Return query, key and value of ``scaled_dot_product_attention``, also where it is written out."""
    if step is None:
        return None
    if step.target == "torch.nn.functional.scaled_dot_product_attention":
        rest = {
            **dict(zip(("attn_mask", "dropout_p", "is_causal", "scale"), step.args[3:], strict=False)),
            **step.kwargs,
        }
        plain = not any(rest.get(name) for name in ("attn_mask", "dropout_p", "is_causal", "scale", "enable_gqa"))
        return step.args[:3] if plain and len(step.args) >= 3 else None
    shares = finder.step(step.args[0]) if _multiplies(step) else None
    if shares is not None and shares.target == "torch.nn.Dropout":
        shares = finder.step(shares.args[0])
    axis = shares.args[1:] or tuple(shares.kwargs.values()) if shares is not None else ()
    if shares is None or not shares.target.endswith("softmax") or axis[:1] != (-1,):
        return None
    compared = finder.step(shares.args[0])
    factor = 1.0
    if compared is not None and compared.target in _SCALES and isinstance(compared.args[1], float):
        factor, compared = _SCALES[compared.target](compared.args[1]), finder.step(compared.args[0])
    if compared is None or not _multiplies(compared):
        return None
    query, key = compared.args[0], finder.step(compared.args[1])
    scaled = finder.step(query)
    if scaled is not None and scaled.target in _SCALES and isinstance(scaled.args[1], float):
        factor, query = factor * _SCALES[scaled.target](scaled.args[1]), scaled.args[0]
    asking = finder.step(query)
    if key is None or asking is None or asking.shape is None:
        return None
    if key.target != "torch.Tensor.transpose" or key.args[1:] not in ((-2, -1), (-1, -2), (2, 3), (3, 2)):
        return None
    if not math.isclose(factor, asking.shape[-1] ** -0.5, rel_tol=1e-6):
        return None
    return query, key.args[0], step.args[1]


_SCALES: Mapping[str, Callable[[float], float]] = {
    "operator.mul": lambda value: value,
    "operator.truediv": lambda value: 1 / value,
}


def _multiplies(step: Step) -> bool:
    return step.target in ("operator.matmul", "torch.matmul", "torch.Tensor.matmul")


def _split(finder: _Finder, parts: tuple[Any, Any, Any]) -> tuple[Step, int] | None:
    """Return the Linear that query, key and value come from, and the number of heads that they are divided among."""
    found = [finder.step(part) for part in parts]
    if not all(part is not None and part.target == "operator.getitem" for part in found):
        return None
    if [part.args[1] for part in found if part] != [0, 1, 2] or len({part.inputs for part in found if part}) != 1:
        return None
    turned = finder.step(found[0].args[0]) if found[0] else None
    if turned is not None and turned.target == "torch.Tensor.unbind" and turned.args[1:] in ((), (0,)):
        turned = finder.step(turned.args[0])
    if turned is None or turned.target != "torch.Tensor.permute" or turned.args[1:] != (2, 0, 3, 1, 4):
        return None
    divided = finder.step(turned.args[0])
    together = finder.step(divided.args[0]) if divided is not None else None
    if divided is None or together is None or together.target != "torch.nn.Linear":
        return None
    sizes = divided.args[1:] if len(divided.args) > 2 else divided.args[1]
    if divided.target not in ("torch.Tensor.reshape", "torch.Tensor.view") or len(sizes) != 5 or sizes[2] != 3:
        return None
    return together, sizes[3]


def _pixels(finder: _Finder, step: Step) -> Step | None:
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


def _class_token(finder: _Finder, step: Step) -> Step | None:
    """``torch.cat([self.token.expand(n, -1, -1), x], dim=1)``."""
    given = _called(step, ("tensors", "dim")) if step.target in ("torch.cat", "torch.concat") else None
    if given is None or given.get("dim") != 1 or len(given["tensors"]) != 2:
        return None
    first = finder.step(given["tensors"][0])
    key = finder.weight(first.args[0]) if first is not None and first.target == "torch.Tensor.expand" else None
    if key is None or tuple(finder.tensors[key].shape[:2]) != (1, 1):
        return None
    return replace(step, target="ClassToken", args=(given["tensors"][1],), kwargs={}, state={"token": key}, node={})


def _positions(finder: _Finder, step: Step) -> Step | None:
    """``x + self.positions``, with a vector for every step."""
    if step.target not in ("operator.add", "operator.iadd", "torch.add") or len(step.args) != 2 or step.shape is None:
        return None
    for value, other in (step.args, step.args[::-1]):
        key = finder.weight(other)
        if key is not None and len(step.shape) == 2 and tuple(finder.tensors[key].shape) == (1, *step.shape):
            state = {"positions": key}
            return replace(step, target="PositionEmbedding", args=(value,), kwargs={}, state=state, node={})
    return None


def _first_step(_finder: _Finder, step: Step) -> Step | None:
    """``x[:, 0]``: the class token, or the last step."""
    if step.target != "operator.getitem" or step.shape is None or len(step.shape) != 1:
        return None
    index = step.args[1]
    if not isinstance(index, tuple) or len(index) != 2 or index[0] != slice(None) or index[1] not in (0, -1):
        return None
    return replace(
        step, target="sequence_pool", args=step.args[:1], node={"take": "first" if index[1] == 0 else "last"}
    )


_PATTERNS: tuple[Callable[[_Finder, Step], Step | None], ...] = (
    _functional,
    _attention_module,
    _written_attention,
    _pixels,
    _class_token,
    _positions,
    _first_step,
)
