"""Attention, found where it is written out, or given together with its weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from patholearn_lab.tracing.finder import Finder, layer_in_place_of
from patholearn_lab.tracing.program import Step


def attention_module(finder: Finder, step: Step) -> Step | None:
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
    return layer_in_place_of(step, inner.target, args, settings, inner.state, inner.path)


def written_attention(finder: Finder, step: Step) -> Step | None:
    """Query, key and value from Linears, their product, and a Linear over what all heads give.

    One Linear may give all three, as timm writes it, or there is one for each, as textbooks do.
    """
    if step.target != "torch.nn.Linear" or step.shape is None or len(step.shape) != 2:
        return None
    steps, features = step.shape
    merged = finder.step(step.args[0])
    turned = finder.step(merged.args[0]) if merged is not None and _merges_heads(merged, steps, features) else None
    if turned is None or turned.target != "torch.Tensor.transpose" or turned.args[1:] not in ((1, 2), (2, 1)):
        return None
    parts = _product(finder, finder.step(turned.args[0]))
    source = (_together(finder, parts) or _apart(finder, parts)) if parts else None
    if source is None or source.features != features or step.settings["bias"] != source.biased:
        return None
    state = {**source.state, **{f"out_proj.{name}": key for name, key in step.state.items()}}
    settings = {"embed_dim": features, "num_heads": source.heads, "bias": source.biased, "batch_first": True}
    return layer_in_place_of(step, "torch.nn.MultiheadAttention", source.inputs, settings, state, source.path)


@dataclass(frozen=True)
class _Source:
    """Where query, key and value come from: one sequence, or a second one that is asked."""

    inputs: tuple[Any, ...]
    features: int
    heads: int
    biased: bool
    state: Mapping[str, str]
    path: str


def _merges_heads(step: Step, steps: int, features: int) -> bool:
    """Return whether a step makes [steps, features] of [steps, heads, features of a head]."""
    if step.shape != (steps, features):
        return False
    if step.target == "torch.Tensor.flatten":
        return step.args[1:] in ((2,), (-2,))
    return step.target in ("torch.Tensor.reshape", "torch.Tensor.view")


def _product(finder: Finder, step: Step | None) -> tuple[Any, Any, Any] | None:
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
    if shares is None or not shares.target.lower().endswith("softmax") or shares.settings.get("dim") not in (-1, 3):
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


def _together(finder: Finder, parts: tuple[Any, Any, Any]) -> _Source | None:
    """Return the one Linear that query, key and value come from."""
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
    linear = finder.step(divided.args[0]) if divided is not None else None
    sizes = _sizes(divided, 5)
    if linear is None or linear.target != "torch.nn.Linear" or sizes is None or sizes[2] != 3:
        return None
    state = {f"in_proj_{name}": key for name, key in linear.state.items()}
    path = linear.path.rpartition(".")[0]
    return _Source(linear.args, linear.settings["in_features"], sizes[3], linear.settings["bias"], state, path)


def _apart(finder: Finder, parts: tuple[Any, Any, Any]) -> _Source | None:
    """Return the three Linears of query, key and value, as one table: torch's attention keeps them so."""
    import torch

    linears: list[Step] = []
    heads: set[Any] = set()
    for part in parts:
        turned = finder.step(part)
        if turned is None or turned.target != "torch.Tensor.transpose" or turned.args[1:] not in ((1, 2), (2, 1)):
            return None
        divided = finder.step(turned.args[0])
        linear = finder.step(divided.args[0]) if divided is not None else None
        sizes = _sizes(divided, 4)
        if linear is None or linear.target != "torch.nn.Linear" or sizes is None:
            return None
        linears.append(linear)
        heads.add(sizes[2])
    query, key, value = linears
    sides = {linear.settings[name] for linear in linears for name in ("in_features", "out_features")}
    biases = {linear.settings["bias"] for linear in linears}
    if len(heads) != 1 or len(sides) != 1 or len(biases) != 1 or key.args != value.args:
        return None
    state: dict[str, str] = {}
    for name in query.state:
        state[f"in_proj_{name}"] = f"{query.path} and others.{name}"
        found = [finder.tensors[linear.state[name]] for linear in linears]
        finder.tensors[state[f"in_proj_{name}"]] = torch.cat([tensor.detach() for tensor in found])
    inputs = query.args if query.args == key.args else (*query.args, *key.args)
    return _Source(inputs, sides.pop(), heads.pop(), biases.pop(), state, query.path.rpartition(".")[0])


def _sizes(step: Step | None, axes: int) -> tuple[Any, ...] | None:
    """Return what a reshape divides a tensor into, where that has so many axes."""
    if step is None or step.target not in ("torch.Tensor.reshape", "torch.Tensor.view"):
        return None
    sizes = step.args[1:] if len(step.args) > 2 else tuple(step.args[1])
    return sizes if len(sizes) == axes else None
