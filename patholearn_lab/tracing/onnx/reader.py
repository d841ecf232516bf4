"""Reads an ONNX network as a program of torch calls. Imports torch: only who opens an ONNX file loads this module."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx.reference import ReferenceEvaluator

from patholearn_lab.errors import DocumentError
from patholearn_lab.graph.spec import Shape
from patholearn_lab.tracing.onnx import arithmetic, layers, shaping
from patholearn_lab.tracing.onnx.operators import OPERATORS, Unsupported
from patholearn_lab.tracing.program import WEIGHT, Program, Ref, Step
from patholearn_lab.tracing.torch_calls import BATCH, dotted, function_settings, number, settings_of, shape_of

_FAMILIES = (layers, shaping, arithmetic)
"""They fill the table of operators when they are imported."""
_MAX_FOLDED = 50_000_000
"""Values of a constant that is computed while reading. A small file must not ask for gigabytes."""


@dataclass(frozen=True)
class Value:
    """A tensor that only the running network knows: the step that gives it, and its sizes on the meta device."""

    step: Step
    meta: torch.Tensor


def read_program(model: onnx.ModelProto, name: str, shape: Shape | None = None) -> Program:
    """Return the program of an ONNX network.

    Parameters
    ----------
    model
        Checked, with its weights, without local functions.
    name
        What to call it.
    shape
        Sizes of one input without the batch axis; those of the file where it is left out.

    Raises
    ------
    DocumentError
        When it has several inputs, its sizes are not known, or an operator has no counterpart in torch; the message
        names the operator and its node.
    """
    reader = OnnxReader(model, shape)
    for node in model.graph.node:
        reader.read(node)
    return reader.program(name)


class OnnxReader:
    """What is known while a network is read from its beginning to its end.

    Attributes
    ----------
    uses
        How often each value is used, by its name.
    """

    def __init__(self, model: onnx.ModelProto, shape: Shape | None) -> None:
        self._graph = model.graph
        self._opset = next((entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")), 1)
        self._constants: dict[str, NDArray[Any]] = {
            tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer
        }
        inputs = [value for value in model.graph.input if value.name not in self._constants]
        if len(inputs) != 1:
            raise DocumentError(
                f"The network has {len(inputs)} inputs; a graph is drawn from networks with one.",
                "Export a part of it that takes one tensor.",
            )
        sizes, self.fixed_batch = _sizes(inputs[0], shape)
        self._start, self._shape = inputs[0].name, sizes
        start = Step(name=self._start, target="", shape=sizes)
        self._values: dict[str, Value] = {
            self._start: Value(start, torch.empty((BATCH, *sizes), device="meta")),
        }
        self._steps: dict[str, Step] = {}
        self._tensors: dict[str, torch.Tensor] = {}
        self._paths: Counter[str] = Counter()
        self._weights: dict[str, Value] = {}
        self.uses = Counter(name for node in model.graph.node for name in node.input)

    def read(self, node: onnx.NodeProto) -> None:
        """Read one operator."""
        operator = f"{node.domain}.{node.op_type}" if node.domain not in ("", "ai.onnx") else node.op_type
        try:
            if self._fold(node):
                return
            handler = OPERATORS.get(operator)
            if handler is None:
                raise Unsupported("torch has no counterpart for it")
            attributes = {entry.name: onnx.helper.get_attribute_value(entry) for entry in node.attribute}
            results = handler(self, node, attributes)
        except (Unsupported, RuntimeError, ValueError, TypeError, IndexError) as error:
            reason = str(error).strip().partition("\n")[0] or type(error).__name__
            raise DocumentError(
                f"The operator {operator} (node {node.name or node.output[0]!r}) cannot be drawn: {reason}.",
                "Export the network without it, or draw the part before it.",
                operator=operator,
                node=node.name or node.output[0],
            ) from error
        for output, result in zip(node.output, results if isinstance(results, tuple) else (results,), strict=False):
            if isinstance(result, Value):
                self._values[output] = result
            else:
                self._constants[output] = result

    def program(self, name: str) -> Program:
        """Return everything that was read. Raises DocumentError where the result does not depend on the input."""
        end = self._graph.output[0].name
        if end not in self._values or end == self._start:
            raise DocumentError(
                f"What comes out of the network ({end!r}) does not depend on what goes in.", "Export it anew."
            )
        used = {self._values[end].step.name}
        for step in reversed(self._steps.values()):
            if step.name in used:
                used |= set(step.inputs)
        steps = tuple(step for step in self._steps.values() if step.name in used)
        return Program(name, self._start, self._shape, steps, self._values[end].step.name, self._tensors)

    def constant(self, name: str) -> NDArray[Any] | None:
        """Return a value that is known without running the network; None where it is not, or the name is empty."""
        return self._constants.get(name)

    def needed(self, name: str, what: str) -> NDArray[Any]:
        """Return a value that has to be known. Raises Unsupported where it is not."""
        found = self._constants.get(name)
        if found is None:
            raise Unsupported(f"its {what} are computed while the network runs")
        return found

    def tensor(self, name: str) -> Value:
        """Return a value as a tensor; a constant becomes a weight of the network."""
        if name in self._values:
            return self._values[name]
        return self.weight(name)

    def weight(self, name: str, array: NDArray[Any] | None = None) -> Value:
        """Return a constant as a tensor that the network keeps."""
        if name not in self._weights:
            tensor = _to_tensor(self._constants[name] if array is None else array)
            path = self._path(name)
            self._tensors[path] = tensor
            step = Step(name=f"weight {path}", target=WEIGHT, state={"": path}, path=path)
            self._steps[step.name] = step
            self._weights[name] = Value(step, tensor.to("meta"))
        return self._weights[name]

    def module(self, module: torch.nn.Module, value: Value, name: str, **weights: NDArray[Any] | None) -> Value:
        """Add a layer, made on the meta device, with its weights by their names in torch."""
        path = self._path(name)
        state: dict[str, str] = {}
        for part, array in weights.items():
            if array is not None:
                state[part] = f"{path}.{part}"
                self._tensors[state[part]] = _to_tensor(array)
        if "running_mean" in state:
            state["num_batches_tracked"] = f"{path}.num_batches_tracked"
            self._tensors[state["num_batches_tracked"]] = torch.zeros((), dtype=torch.int64)
        meta = module.eval()(value.meta)
        settings, usual = settings_of(module)
        return self._add(dotted(type(module)), (value,), {}, settings, usual, meta, state, path)

    def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Value:
        """Add a function; its arguments are values, numbers, and lists of either."""
        meta = function(*_metas(args), **_metas(kwargs))
        given, named = _refs(args), _refs(kwargs)
        settings, usual = function_settings(function, given, named)
        return self._add(dotted(function), args, kwargs, settings, usual, meta)

    def found(self, name: str) -> Value | None:
        """Return a value of the running network by its name in the file; None for a constant."""
        return self._values.get(name)

    def step(self, name: str) -> Step | None:
        """Return a step by its own name."""
        return self._steps.get(name)

    def of_step(self, name: str) -> Value | None:
        """Return the value that a step gives."""
        return next((value for value in self._values.values() if value.step.name == name), None)

    def with_bias(self, value: Value, bias: NDArray[Any]) -> Value:
        """Return a layer that has no bias with one."""
        key = f"{value.step.path}.bias"
        self._tensors[key] = _to_tensor(bias)
        step = replace(
            value.step,
            settings={**value.step.settings, "bias": True},
            usual=value.step.usual | {"bias"},
            state={**value.step.state, "bias": key},
        )
        self._steps[step.name] = step
        return Value(step, value.meta)

    def _add(
        self,
        target: str,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        settings: Mapping[str, Any],
        usual: frozenset[str],
        meta: Any,
        state: Mapping[str, str] | None = None,
        path: str = "",
    ) -> Value:
        stem = path or target.rpartition(".")[2]
        self._paths[f"step {stem}"] += 1
        count = self._paths[f"step {stem}"]
        step = Step(
            name=f"{stem}_{count}",
            target=target,
            args=_refs(args),
            kwargs=_refs(kwargs),
            settings=settings,
            usual=usual,
            shape=shape_of(meta),
            state=state or {},
            path=path,
        )
        self._steps[step.name] = step
        return Value(step, meta)

    def _path(self, name: str) -> str:
        """Return where the network shall keep something: the file's own name for it, where that is one."""
        stem = re.sub(r"[^0-9A-Za-z_.]", "_", name.removesuffix(".weight")).strip("._") or "layer"
        self._paths[stem] += 1
        return stem if self._paths[stem] == 1 else f"{stem}_{self._paths[stem]}"

    def _fold(self, node: onnx.NodeProto) -> bool:
        """Compute what depends on constants only, such as sizes, and return whether that was so."""
        given = [name for name in node.input if name]
        if node.op_type in ("Dropout", "RandomNormal", "RandomUniform") or any(
            name not in self._constants for name in given
        ):
            return False
        graph = onnx.helper.make_graph(
            [node],
            "constant",
            [onnx.helper.make_tensor_value_info(name, _element(self._constants[name]), None) for name in given],
            [onnx.helper.make_empty_tensor_value_info(name) for name in node.output if name],
        )
        model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", self._opset)])
        if node.op_type in ("ConstantOfShape", "Expand", "Tile", "Range"):
            sizes = [int(np.prod(np.abs(self._constants[name].astype(np.float64)))) for name in given]
            if max(sizes, default=0) > _MAX_FOLDED:
                raise Unsupported("it asks for a constant of more than 50 million values")
        outcome = ReferenceEvaluator(model).run(None, {name: self._constants[name] for name in given})
        for name, value in zip([name for name in node.output if name], outcome, strict=True):
            self._constants[name] = np.asarray(value)
        return True


def _sizes(value: onnx.ValueInfoProto, shape: Shape | None) -> tuple[Shape, int | None]:
    """Return the input's sizes without the batch, and the batch where the file fixes one."""
    dims = value.type.tensor_type.shape.dim
    found = [dim.dim_value if dim.HasField("dim_value") else 0 for dim in dims]
    batch = found[0] or None if found else None
    if shape is not None:
        return shape, batch
    if len(found) < 2 or not all(size > 0 for size in found[1:]):
        shown = ", ".join(dim.dim_param or str(dim.dim_value or "?") for dim in dims)
        raise DocumentError(
            f"The file does not say how large its input {value.name!r} is ({shown}).",
            "Say it: shape=(3, 224, 224), without the batch.",
        )
    return tuple(found[1:]), batch


def _metas(value: Any) -> Any:
    if isinstance(value, Value):
        return value.meta
    if isinstance(value, dict):
        return {key: _metas(item) for key, item in value.items()}
    return type(value)(map(_metas, value)) if isinstance(value, (tuple, list)) else value


def _refs(value: Any) -> Any:
    if isinstance(value, Value):
        return Ref(value.step.name)
    if isinstance(value, dict):
        return {key: _refs(item) for key, item in value.items()}
    return type(value)(map(_refs, value)) if isinstance(value, (tuple, list)) else number(value)


def _to_tensor(array: NDArray[Any]) -> torch.Tensor:
    return torch.from_numpy(np.array(array, order="C"))


def _element(array: NDArray[np.generic]) -> int:
    return int(onnx.helper.np_dtype_to_tensor_dtype(array.dtype))
