"""What patterns need to know of a program, and how they make a layer of several steps."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from patholearn_lab.graph.calls import UnreadableCallError
from patholearn_lab.tracing.program import WEIGHT, Program, Ref, Step, between_nodes
from patholearn_lab.tracing.reading import Kinds, read_step
from patholearn_lab.tracing.torch_calls import same_value

Arguments: TypeAlias = dict[str, Any]

_PASSING = frozenset({"torch.nn.Identity", "torch.Tensor.contiguous"})


class Finder:
    """The steps of a program, looked at from behind: what gives what, and which tensors are the network's own."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self.steps = {step.name: step for step in program.steps}
        """By their names; layers take the place of steps here."""
        self._shapes = between_nodes(program)
        self._kinds = Kinds()
        self.tensors: dict[str, Any] = dict(program.tensors)

    def step(self, value: Any) -> Step | None:
        """Return what a reference stands for, behind steps that give what they get."""
        while isinstance(value, Ref):
            step = self.steps.get(value.step)
            if step is None or step.target not in _PASSING:
                return step
            value = step.args[0]
        return None

    def weight(self, value: Any) -> str | None:
        """Return the key of the weights that a reference stands for."""
        step = self.step(value)
        return step.state[""] if step is not None and step.target == WEIGHT else None

    def users(self, name: str) -> Iterator[Step]:
        """Yield the steps that use what a step gives."""
        return (step for step in self._program.steps if name in step.inputs)

    def is_drawn(self, layer: Step) -> bool:
        """Return whether a kind of node stands for a layer, between tensors that go from node to node."""
        inputs = [self._shapes.get(name) for name in layer.inputs]
        if layer.name not in self._shapes or None in inputs:
            return False
        try:
            read_step(layer, [shape for shape in inputs if shape is not None], self._kinds)
        except UnreadableCallError:
            return False
        return True


def called(step: Step, names: tuple[str, ...]) -> Arguments | None:
    """Return the arguments of a function by name; None where there are others."""
    if len(step.args) > len(names) or not step.kwargs.keys() <= set(names):
        return None
    return dict(zip(names, step.args, strict=False)) | dict(step.kwargs)


def layer_in_place_of(
    step: Step, target: str, args: tuple[Any, ...], settings: Arguments, state: Mapping[str, str], path: str
) -> Step:
    """Return a step that makes a layer with those settings."""
    import torch

    parameters = inspect.signature(getattr(torch.nn, target.rpartition(".")[2]).__init__).parameters
    settings = {name: value for name, value in settings.items() if name in parameters}
    usual = frozenset(name for name, value in settings.items() if same_value(value, parameters[name].default))
    return replace(step, target=target, args=args, kwargs={}, settings=settings, usual=usual, state=state, path=path)
