"""Finds steps that change a tensor in place which is looked at again later on: a list of calls would not show that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from patholearn_lab.tracing.torch_calls import is_number

if TYPE_CHECKING:
    from torch import fx

_OPERATORS = frozenset({"iadd", "isub", "imul", "itruediv", "ifloordiv", "imatmul", "ipow", "iand", "ior", "setitem"})


def is_seen_later(traced: fx.GraphModule) -> bool:
    """Return whether a step changes memory that another step is given later on.

    ``x = self.relu(x)`` in place is as good as a new tensor, because nobody has the old one any more;
    ``x[:, 0].add_(1)`` is not, where the network goes on with x.

    Parameters
    ----------
    traced
        A network after its dry run: every step has what it gives in ``meta["value"]``.
    """
    order = {node: place for place, node in enumerate(traced.graph.nodes)}
    shown: dict[Any, list[fx.Node]] = {}
    for node in order:
        if (memory := _memory(node)) is not None:
            shown.setdefault(memory, []).append(node)
    return any(
        order[user] > place and not is_number(user.meta.get("value", False))
        for node, place in order.items()
        if (changed := _changed(traced, node)) is not None
        for other in shown.get(_memory(changed), ())
        if order[other] < place
        for user in other.users
    )


def _memory(node: fx.Node) -> Any:
    """Return what tells the memory of a tensor; None for anything else."""
    import torch

    value = node.meta.get("value")
    return value.untyped_storage()._cdata if isinstance(value, torch.Tensor) else None


def _changed(traced: fx.GraphModule, node: fx.Node) -> fx.Node | None:
    """Return the tensor that a step changes."""
    import torch

    first = next(iter(node.args), None)
    if not isinstance(first, torch.fx.Node):
        return None
    if node.op == "call_module":
        in_place = bool(getattr(traced.get_submodule(str(node.target)), "inplace", False))
    else:
        name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", "")
        in_place = bool(node.kwargs.get("inplace", False)) or name in _OPERATORS
        in_place |= name.endswith("_") and not name.endswith("__")
    return first if in_place else None
