"""A weight per class, written into the loss of a cell: what is rare counts more.

The cell stays the student's own: only a ``weight=`` is added to its calls of cross entropy, on the lines where they
are, so that whoever reads the code of the run sees what it was trained with.
"""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst
from libcst.helpers import get_full_name_for_node

from patholearn_lab.errors import CodeError

FUNCTIONS = frozenset({"cross_entropy", "nll_loss"})
"""Functions of scores and labels."""
MODULES = frozenset({"CrossEntropyLoss", "NLLLoss"})
"""Modules, which keep their weights and move with the network."""


def weigh_classes(code: str, weights: Sequence[float]) -> str:
    """Return a cell whose cross entropy weighs the classes.

    Parameters
    ----------
    code
        A cell that is valid Python.
    weights
        One for each class, in the order of the data set.

    Raises
    ------
    CodeError
        When the cell calls no cross entropy, or one that has weights of its own.
    """
    adding = _Adding(f"[{', '.join(f'{weight:.4g}' for weight in weights)}]")
    weighed = cst.parse_module(code).visit(adding).code
    if adding.count == 0:
        raise CodeError(
            "The loss of the cell cannot weigh the classes: nothing in it calls F.cross_entropy without weights.",
            "Choose the loss weighted_cross_entropy at the output of the graph, or leave class_weights away.",
            line=None,
            traceback_tail=[],
        )
    return weighed


class _Adding(cst.CSTTransformer):
    def __init__(self, numbers: str) -> None:
        super().__init__()
        self._numbers = numbers
        self.count = 0

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:  # noqa: N802  (libcst's name)
        """Add the weights to a call that can take them and has none."""
        name = (get_full_name_for_node(original_node.func) or "").split(".")[-1]
        has_weights = any(each.keyword is not None and each.keyword.value == "weight" for each in original_node.args)
        if has_weights or name not in FUNCTIONS | MODULES:
            return updated_node
        if name in MODULES:
            if original_node.args and original_node.args[0].keyword is None:
                return updated_node  # The first argument is the weight.
            value = f"torch.tensor({self._numbers})"
        else:
            by_place = [each for each in original_node.args if each.keyword is None]
            if len(by_place) != 2:
                return updated_node  # A third argument by its place is the weight.
            scores, labels = (cst.Module([]).code_for_node(each.value) for each in by_place)
            # On the device of the scores; where they are computed in the call, that would be done twice.
            is_name = isinstance(by_place[0].value, cst.Name)
            value = (
                f"{scores}.new_tensor({self._numbers})"
                if is_name
                else f"torch.tensor({self._numbers}, device={labels}.device)"
            )
        self.count += 1
        weight = cst.Arg(cst.parse_expression(value), cst.Name("weight"), equal=_TIGHT)
        return updated_node.with_changes(args=[*_separated(updated_node.args), weight])


_TIGHT = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))


def _separated(args: Sequence[cst.Arg]) -> list[cst.Arg]:
    """Return arguments of which the last one is followed by a comma too."""
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    return [each if isinstance(each.comma, cst.Comma) else each.with_changes(comma=comma) for each in args]
