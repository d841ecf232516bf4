"""What happens to tensors in ``forward``: calls, methods and operators as nodes of the sketch."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import Any

from patholearn_lab.codegen.expressions import is_plain
from patholearn_lab.codegen.idioms import layer_idiom
from patholearn_lab.codegen.matching import Match, kinds_of, match
from patholearn_lab.codegen.preparing import with_setups
from patholearn_lab.codegen.signatures import signature
from patholearn_lab.codegen.sketch import Sketch
from patholearn_lab.codegen.symbols import Built, Signal, Unknown, signals_in
from patholearn_lab.graph.calls import UnreadableCallError
from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.spec import BATCH, NodeSpec, Pad

SIGNS: Mapping[type[ast.operator], str] = {ast.Add: "+", ast.Mult: "*", ast.Sub: "-", ast.Div: "/", ast.MatMult: "@"}
_SAME = frozenset({"contiguous", "clone", "float", "long", "to", "type", "type_as"})
"""Methods after which a graph has the same tensor."""
_ROWS = frozenset({"dims", "shape", "sizes"})
"""Parameters that a method takes as separate numbers too: ``x.permute(0, 2, 1)``."""


def use_layer(sketch: Sketch, layer: Built, inputs: Sequence[Signal], prefer: str | None) -> Any:
    """Draw a layer that is called with tensors, and return what it gives. Raises UnreadableCallError.

    That is a tuple for layers such as a GRU, of which a graph shows the first part only.
    """
    form = layer_idiom(layer.dotted, inputs, prefer)
    if form is not None:
        idiom, inputs = form
        shape = inputs[0].shape
        found = match(layer.dotted, layer.positional, layer.keywords, shape, idiom.spec.kind)
        signal = sketch.add(found, inputs, layer)
        return (signal, Unknown()) if idiom.several else signal
    found = match(layer.dotted, layer.positional, layer.keywords, inputs[0].shape if inputs else None, prefer)
    shapes = tuple(signal.shape for signal in inputs if signal.shape is not None)
    return sketch.add(with_setups(found, layer, shapes), inputs, layer)


def call_function(sketch: Sketch, dotted: str, positional: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
    """Draw a function of tensors: ``torch.flatten(x, 1)``, ``torch.cat([a, b], dim=1)``. Raises UnreadableCallError."""
    name = dotted.rpartition(".")[2]
    if not positional and isinstance(keywords.get("input"), Signal):
        positional, keywords = (keywords["input"],), {key: item for key, item in keywords.items() if key != "input"}
    inputs = [*signals_in(positional), *signals_in(dict(keywords))]
    if dotted == "builtins.sum":
        return combine(sketch, "+", inputs)
    if dotted.startswith("torch.") and name in _FUNCTIONS and positional:
        formed = _FUNCTIONS[name](sketch, inputs, positional[1:], keywords)
        if formed is not None:
            return formed
    if signature(dotted) is None:
        positional = tuple(value for value in positional if not signals_in(value))
        keywords = {key: value for key, value in keywords.items() if not signals_in(value)}
    return sketch.add(match(dotted, positional, keywords, inputs[0].shape), inputs)


def _pad(
    _sketch: Sketch, inputs: Sequence[Signal], positional: tuple[Any, ...], keywords: Mapping[str, Any]
) -> Signal | None:
    """``F.pad(x, (0, 1, 0, 1))``: zeros around an image are kept in mind for the layer that follows."""
    given = dict(zip(("pad", "mode", "value"), positional, strict=False)) | dict(keywords)
    amounts, value = given.get("pad"), given.get("value") or 0.0
    if given.get("mode", "constant") != "constant" or inputs[0].pad is not None:
        return None
    if not isinstance(amounts, (tuple, list)) or len(amounts) != 4 or not all(type(side) is int for side in amounts):
        return None
    left, right, top, bottom = amounts
    return replace(inputs[0], pad=Pad((left, right, top, bottom), value)) if is_plain(value) else None


def call_method(
    sketch: Sketch, owner: Signal, name: str, positional: tuple[Any, ...], keywords: Mapping[str, Any]
) -> Any:
    """Draw a method of a tensor: ``x.relu()``, ``x.flatten(1)``. Raises UnreadableCallError."""
    if name in _SAME:
        return owner
    if name in ("size", "dim"):
        whole = Unknown() if owner.shape is None else (BATCH, *owner.shape)
        if name == "dim":
            return len(whole) if isinstance(whole, tuple) else whole
        return element(whole, positional[0] if positional else keywords.get("dim"))
    plain = name.rstrip("_")
    if plain in _FORMS:
        formed = _FORMS[plain](sketch, [owner, *signals_in(positional)], positional, keywords)
        if formed is not None:
            return formed
    for dotted in (f"torch.{plain}", f"torch.nn.functional.{plain}"):
        known = signature(dotted)
        if known is not None and kinds_of(dotted):
            if list(known.defaults)[1:2] and list(known.defaults)[1] in _ROWS and len(positional) > 1:
                positional = (positional,)
            return call_function(sketch, dotted, (owner, *positional), keywords)
    raise UnreadableCallError(f"there is no node for the method {name!r} of a tensor")


def combine(sketch: Sketch, sign: str, operands: Sequence[Any]) -> Signal:
    """Draw ``a + b + c``. Raises UnreadableCallError where an operand is no tensor, or there is no such node."""
    spec = next((catalog[kind] for kind in catalog if sign and catalog[kind].operator == sign), None)
    if spec is None:
        raise UnreadableCallError(f"there is no node for {sign!r} between tensors")
    others = [operand for operand in operands if not isinstance(operand, Signal)]
    if others:
        raise UnreadableCallError(f"{spec.label} takes tensors, but one side of {sign!r} is none")
    return sketch.add(Match(spec, {}), list(operands))


def element(whole: Any, index: Any) -> Any:
    """Return one size of a shape, or the whole shape where no axis is named."""
    if index is None or not isinstance(whole, tuple):
        return whole
    return whole[index] if isinstance(index, int) and -len(whole) <= index < len(whole) else Unknown()


def _view(
    sketch: Sketch, inputs: Sequence[Signal], positional: tuple[Any, ...], keywords: Mapping[str, Any]
) -> Signal | None:
    """``x.view(x.size(0), -1)``: one row an image is a Flatten; other shapes are a Reshape."""
    sizes = _sizes(positional, keywords)
    image = inputs[0]
    known = prod(image.shape) if image.shape else None
    if len(sizes) == 2 and (sizes[1] == -1 or known is None or sizes[1] == known):
        return _flattened(sketch, image)
    return sketch.add(match(_spec("reshape").target, (), {"shape": sizes}, image.shape), [image])


def _reshape(
    sketch: Sketch, inputs: Sequence[Signal], positional: tuple[Any, ...], keywords: Mapping[str, Any]
) -> Signal | None:
    """``torch.reshape(x, (x.shape[0], -1))``: as the graph writes it, always a Reshape."""
    sizes = _sizes(positional, keywords)
    return sketch.add(match(_spec("reshape").target, (), {"shape": sizes}, inputs[0].shape), inputs[:1])


def _sizes(positional: tuple[Any, ...], keywords: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the sizes of a view, the batch's first. Raises UnreadableCallError."""
    sizes = positional or (keywords.get("shape"),)
    if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)):
        sizes = tuple(sizes[0])
    if len(sizes) < 2 or not (sizes[0] is BATCH or sizes[0] == -1):
        raise UnreadableCallError("a graph keeps the images of a batch apart, so the first size must be the batch's")
    if not all(isinstance(size, int) for size in sizes[1:]):
        raise UnreadableCallError("the sizes cannot be worked out from the cell")
    return sizes


def _flattened(sketch: Sketch, image: Signal) -> Signal:
    if image.shape is not None and len(image.shape) == 1:
        return image
    return sketch.add(Match(_spec("flatten"), {}), [image])


def _mean(
    sketch: Sketch, inputs: Sequence[Signal], positional: tuple[Any, ...], keywords: Mapping[str, Any]
) -> Signal | None:
    """``x.mean((2, 3))``: the mean of every channel is an adaptive average pooling to one value."""
    return _of_channels("adaptive_avg_pool2d", sketch, inputs, positional, keywords)


def _amax(
    sketch: Sketch, inputs: Sequence[Signal], positional: tuple[Any, ...], keywords: Mapping[str, Any]
) -> Signal | None:
    """``x.amax((2, 3))``: the largest value of every channel is an adaptive maximum pooling to one value."""
    return _of_channels("adaptive_max_pool2d", sketch, inputs, positional, keywords)


def _of_channels(
    kind: str, sketch: Sketch, inputs: Sequence[Signal], positional: tuple[Any, ...], keywords: Mapping[str, Any]
) -> Signal | None:
    axes = positional[0] if positional else keywords.get("dim")
    if not isinstance(axes, (tuple, list)) or sorted(axis % 4 for axis in axes if type(axis) is int) != [2, 3]:
        return None
    pooled = sketch.add(match(_spec(kind).target, (), {"output_size": 1}, inputs[0].shape), inputs[:1])
    keep = positional[1] if len(positional) > 1 else keywords.get("keepdim", False)
    return pooled if keep else _flattened(sketch, pooled)


def _squeeze(
    sketch: Sketch, inputs: Sequence[Signal], _positional: tuple[Any, ...], _keywords: Mapping[str, Any]
) -> Signal | None:
    """``x.squeeze()`` of one value a channel is a Flatten."""
    shape = inputs[0].shape
    return _flattened(sketch, inputs[0]) if shape is not None and prod(shape) == shape[0] else None


_FORMS = {"pad": _pad, "view": _view, "reshape": _view, "mean": _mean, "amax": _amax, "squeeze": _squeeze}
"""Methods that are no calls of a kind."""
_FUNCTIONS = _FORMS | {"reshape": _reshape}
"""The same as functions."""


def _spec(kind: str) -> NodeSpec:
    return catalog[kind]
