"""The node that a torch call stands for, found through the declarations of the kinds and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from patholearn_lab.graph.calls import UnreadableCallError, read_call
from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.document import ParamValue
from patholearn_lab.graph.inference import RANKS
from patholearn_lab.graph.settings import values_of
from patholearn_lab.graph.shapes import ShapeProblem
from patholearn_lab.graph.spec import NodeSpec, Shape
from patholearn_lab.tracing.program import Step

_OPERATORS = {"operator.add": "+", "operator.mul": "*"}


@dataclass(frozen=True)
class Reading:
    """A kind and its parameters."""

    spec: NodeSpec
    params: Mapping[str, ParamValue]


class Kinds:
    """The kinds by what they are called in torch; a layer and a function of one name stand for the same."""

    def __init__(self) -> None:
        self._exact: dict[str, list[NodeSpec]] = {}
        self._alike: dict[str, list[NodeSpec]] = {}
        for spec in catalog.values():
            operators = [target for target, sign in _OPERATORS.items() if spec.operator == sign]
            for target in filter(None, (spec.target or spec.kind, *spec.aliases, *operators)):
                self._exact.setdefault(target, []).append(spec)
                alike = self._alike.setdefault(_loosely(target), [])
                if spec not in alike:
                    alike.append(spec)

    def __contains__(self, target: object) -> bool:
        """Return whether something of just that name is a kind: then its insides are nobody's business."""
        return target in self._exact

    def of(self, target: str) -> list[NodeSpec]:
        """Return the kinds that a dotted name may stand for."""
        return self._exact.get(target) or (self._alike.get(_loosely(target), []) if target.startswith("torch.") else [])


def _loosely(target: str) -> str:
    """Return ``flatten`` for ``torch.nn.Flatten``, ``torch.flatten`` and ``torch.Tensor.flatten``."""
    return target.rpartition(".")[2].replace("_", "").lower()


def read_step(step: Step, inputs: Sequence[Shape], kinds: Kinds) -> Reading:
    """Return the node that does just what `step` does.

    Raises
    ------
    UnreadableCallError
        When there is none; the message says why, as the end of a sentence.
    """
    reasons = [f"no kind of node stands for {step.target}"]
    for spec in kinds.of(step.target):
        try:
            params = read_call(spec, (), _settings(spec, step)) if step.node is None else step.node
            _ensure_same(spec, params, inputs, step)
        except UnreadableCallError as error:
            reasons.append(str(error))
        else:
            return Reading(spec, params)
    raise UnreadableCallError(reasons[-1])


def _settings(spec: NodeSpec, step: Step) -> dict[str, Any]:
    """Return the settings, without those that no node has to keep because they are as always."""
    declared = {argument.name for argument in spec.arguments}
    return {name: value for name, value in step.settings.items() if name in declared or name not in step.usual}


def _ensure_same(spec: NodeSpec, params: Mapping[str, ParamValue], inputs: Sequence[Shape], step: Step) -> None:
    """Refuse a node that would do something else: whose sizes would be others than the network's own."""
    ports = [spec.inputs[0]] * len(inputs) if spec.inputs[0].many else list(spec.inputs)
    if len(ports) != len(inputs):
        raise UnreadableCallError(f"{spec.label} has {len(ports)} inputs, not {len(inputs)}")
    for port, shape in zip(ports, inputs, strict=True):
        if len(shape) not in {RANKS[name] for name in port.types}:
            raise UnreadableCallError(f"{spec.label} takes no tensor with {len(shape)} axes besides the batch")
    values, problems = values_of(spec, params)
    if problems:
        raise UnreadableCallError(problems[0].message)
    assert spec.shape is not None, f"{spec.kind} has a target and no shape rule"
    try:
        shape = spec.shape(values, tuple(inputs))
    except ShapeProblem as problem:
        raise UnreadableCallError(problem.message) from problem
    if shape != step.shape:
        raise UnreadableCallError(f"{spec.label} would give {shape}, not {step.shape}")
    for argument in spec.arguments:
        if argument.derived is not None and argument.read is None and argument.name in step.settings:
            derived, given = argument.derived(values, tuple(inputs)), step.settings[argument.name]
            if _sizes(derived) != _sizes(given):
                raise UnreadableCallError(f"{spec.label} would have {argument.name}={derived!r}, not {given!r}")


def _sizes(value: Any) -> Any:
    """Return (96,) as 96."""
    if isinstance(value, (tuple, list)):
        return value[0] if len(value) == 1 else tuple(value)
    return value
