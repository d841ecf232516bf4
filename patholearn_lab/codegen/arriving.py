"""What the ``forward`` of a cell is called with: the tensors that INPUTS names, or that its arguments tell."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from patholearn_lab.codegen.arguments import PARTS
from patholearn_lab.codegen.cell import CodeIssue
from patholearn_lab.codegen.reading import inputs_in
from patholearn_lab.codegen.symbols import Scope, Signal, Unknown
from patholearn_lab.graph.issues import Severity


def said(scope: Scope, usual: Sequence[str]) -> tuple[str, ...]:
    """Return what a cell says goes into its network: a plain module, which says nothing, takes what it took before."""
    named = scope.find("INPUTS")
    if isinstance(named, Unknown) and isinstance(scope.find("DATASET"), Unknown) and usual:
        return tuple(usual)
    return inputs_in({"INPUTS": named})


def arriving(
    forward: ast.FunctionDef,
    scope: Scope,
    body: Sequence[ast.stmt],
    starts: Mapping[str, Signal],
    usual: Sequence[str],
) -> tuple[list[Signal], list[CodeIssue]]:
    """Return what ``forward`` is called with, and what is odd about it.

    Parameters
    ----------
    forward
        The method, ``self`` included.
    scope, body
        The names and the statements at the top of the cell.
    starts
        What there is, by the part of a batch.
    usual
        What the network took before.
    """
    issues: list[CodeIssue] = []
    parts = said(scope, usual)
    for part in dict.fromkeys(part for part in parts if part not in starts):
        words = f"INPUTS names {part!r}; a graph knows {' and '.join(PARTS)}."
        issues.append(_issue("unknown_input", "error", _line_of_inputs(body), words))
    arguments = [*forward.args.posonlyargs, *forward.args.args][1:]
    needed = len(arguments) - len(forward.args.defaults)
    if isinstance(scope.find("INPUTS"), Unknown) and needed == len(PARTS):
        parts = PARTS
        if not isinstance(scope.find("DATASET"), Unknown):
            words = (
                f"“forward” takes {arguments[1].arg!r} beside the image; it is taken for the table of features. Write "
                f"INPUTS = {[*PARTS]!r} at the top, so that the training gives it."
            )
            issues.append(_issue("inputs_not_said", "warning", forward.lineno, words))
    found = [starts[part] for part in parts if part in starts]
    if len(found) > len(arguments) and forward.args.vararg is None:
        words = f"INPUTS names {len(found)} tensors, but “forward” takes {len(arguments)}."
        issues.append(_issue("inputs_differ", "error", forward.lineno, words))
        found = found[: len(arguments)]
    return found, issues


def _line_of_inputs(body: Sequence[ast.stmt]) -> int:
    named = (node for node in body if isinstance(node, ast.Assign) and "INPUTS" in map(ast.unparse, node.targets))
    return next((node.lineno for node in named), 1)


def _issue(code: str, severity: Severity, line: int, message: str) -> CodeIssue:
    return CodeIssue(code=code, severity=severity, line=line, message=message)
