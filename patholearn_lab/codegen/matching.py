"""Which kind of node a torch call stands for, and with which parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from patholearn_lab.codegen.expressions import is_flat
from patholearn_lab.codegen.signatures import REQUIRED, signature
from patholearn_lab.codegen.symbols import Named
from patholearn_lab.graph.calls import UnreadableCallError, read_call, read_target
from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.document import ParamValue
from patholearn_lab.graph.spec import Argument, NodeSpec, Shape

_PASSED_OVER = frozenset({"inplace", "device", "dtype", "training", "train"})
"""Arguments that change nothing that a graph shows."""
_TENSORS = frozenset({"input", "tensors", "other"})
_AXES = frozenset({"dim", "start_dim", "axis"})


@dataclass(frozen=True)
class Match:
    """A kind with the parameters that a call gives it, and what the call says that follows from the shapes anyway.

    `remarks` are lines about it that the graph would write otherwise, each with what it would write.
    """

    spec: NodeSpec
    params: dict[str, ParamValue]
    derived: dict[str, Any] = field(default_factory=dict)
    remarks: tuple[tuple[int, str], ...] = ()


def kinds_of(dotted: str) -> tuple[NodeSpec, ...]:
    """Return the kinds that a dotted name may stand for: by target or alias, else a layer and a function alike."""
    exact, alike, named = _index(catalog.version)
    plain = dotted.replace("torch.nn.Lazy", "torch.nn.")
    if plain not in exact and (found := tuple(spec for spec in named if read_target(spec, plain) is not None)):
        return found
    return exact.get(plain) or (alike.get(_loosely(plain), ()) if plain.startswith("torch.") else ())


def match(
    dotted: str,
    positional: Sequence[Any],
    keywords: Mapping[str, Any],
    shape: Shape | None,
    prefer: str | None = None,
) -> Match:
    """Return the node that a call stands for.

    Parameters
    ----------
    dotted
        What is called.
    positional, keywords
        Its arguments as plain values, tensors among them passed over where the signature names them as such.
    shape
        What comes in, where that is known: it tells which axis ``dim=-1`` is.
    prefer
        The kind to take where several fit.

    Raises
    ------
    UnreadableCallError
        When no kind fits; the message says why, as the end of a sentence.
    """
    candidates = sorted(kinds_of(dotted), key=lambda spec: spec.kind != prefer)
    if not candidates:
        raise UnreadableCallError(f"there is no node for {dotted.removeprefix('builtins.')}")
    problem: UnreadableCallError | None = None
    for spec in candidates:
        try:
            return _read(spec, dotted, tuple(positional), keywords, shape)
        except UnreadableCallError as error:
            problem = problem or error
    assert problem is not None
    raise problem


def _read(
    spec: NodeSpec, dotted: str, positional: tuple[Any, ...], keywords: Mapping[str, Any], shape: Shape | None
) -> Match:
    given = {name: _version(value) for name, value in _bound(spec, dotted, positional, keywords).items()}
    declared = {argument.name: argument for argument in spec.arguments}
    known = signature(dotted)
    for name, value in given.items():
        usual = known.defaults.get(name, REQUIRED) if known else REQUIRED
        if name in _PASSED_OVER or _follows(declared.get(name)):
            continue
        if not is_flat(value):
            raise UnreadableCallError(f"the value of its argument {name!r} cannot be worked out from the cell")
        if name not in declared and value != usual:
            raise UnreadableCallError(f"{spec.label} has no setting for {name}={value!r}")
    defaults = {
        name: value
        for name, value in (known.defaults if known else {}).items()
        if value is not REQUIRED and name in declared and not _follows(declared[name])
    }
    wanted = defaults | {name: value for name, value in given.items() if name in declared}
    for name, argument in declared.items():
        if argument.fixed is not None and name in _AXES and isinstance(wanted.get(name), int) and shape is not None:
            wanted[name] %= len(shape) + 1
    derived = {name: wanted.pop(name) for name, argument in declared.items() if _follows(argument) and name in wanted}
    return Match(spec, (read_target(spec, dotted) or {}) | read_call(spec, (), wanted), derived)


def _version(value: Any) -> Any:
    """Return the member of an enumeration of weights as the text that torchvision takes in its place."""
    is_member = isinstance(value, Named) and value.dotted.rpartition(".")[0].endswith("_Weights")
    return ".".join(value.dotted.split(".")[-2:]) if is_member else value


def _follows(argument: Argument | None) -> bool:
    """Return whether an argument follows from the shapes, and says nothing that a node could keep."""
    return argument is not None and argument.derived is not None and argument.read is None


def _bound(spec: NodeSpec, dotted: str, positional: tuple[Any, ...], keywords: Mapping[str, Any]) -> dict[str, Any]:
    known = signature(dotted)
    if known is not None:
        bound = known.bind(positional, keywords)
        return {name: value for name, value in bound.items() if name not in _TENSORS}
    names = [argument.name for argument in spec.arguments]
    if len(positional) > len(names):
        raise UnreadableCallError(f"it has {len(positional)} arguments, but {spec.label} takes {len(names)}")
    return dict(zip(names, positional, strict=False)) | dict(keywords)


def _loosely(dotted: str) -> str:
    """Return what a layer and its function have in common: ``torch.nn.MaxPool2d`` and ``F.max_pool2d``."""
    return dotted.rpartition(".")[2].replace("_", "").lower()


@lru_cache(maxsize=4)
def _index(
    _version: int,
) -> tuple[Mapping[str, tuple[NodeSpec, ...]], Mapping[str, tuple[NodeSpec, ...]], tuple[NodeSpec, ...]]:
    """Return the kinds by their names, those without weights by what layer and function have in common, and those
    whose names hold a parameter.
    """
    exact: dict[str, tuple[NodeSpec, ...]] = {}
    alike: dict[str, tuple[NodeSpec, ...]] = {}
    for kind in catalog:
        spec = catalog[kind]
        for target in (spec.target, *spec.aliases):
            if not target or "{" in target:
                continue
            exact[target] = (*exact.get(target, ()), spec)
            if not any(argument.derived for argument in spec.arguments):
                alike[_loosely(target)] = (*alike.get(_loosely(target), ()), spec)
    return exact, alike, tuple(spec for spec in catalog.values() if "{" in spec.target)
