"""The table of operators, and what their readers share.

The operators are described at https://onnx.ai/onnx/operators/.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import onnx

    from patholearn_lab.tracing.onnx.reader import OnnxReader

Attributes: TypeAlias = Mapping[str, Any]
Handler: TypeAlias = Callable[["OnnxReader", "onnx.NodeProto", Attributes], Any]

OPERATORS: dict[str, Handler] = {}
"""How an operator is read, by its name."""


class Unsupported(Exception):  # noqa: N818  (becomes a DocumentError that names operator and node)
    """An operator, or a form of it, that has no counterpart in torch."""


def reads(*names: str) -> Callable[[Handler], Handler]:
    """Register a function as the reader of operators."""

    def register(handler: Handler) -> Handler:
        OPERATORS.update(dict.fromkeys(names, handler))
        return handler

    return register


def sides(numbers: Any) -> Any:
    """Return [3, 3] as 3 and [1, 7] as (1, 7)."""
    first, second = (int(number) for number in numbers)
    return first if first == second else (first, second)


def decimal(value: float) -> float:
    """Return a float32 of the file as people wrote it: 0.1, not 0.10000000149."""
    return float(f"{value:.7g}")
