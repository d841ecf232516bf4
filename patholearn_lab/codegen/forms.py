"""The forms that a graph can be written in."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

from patholearn_lab.codegen.cell import EmittedCell
from patholearn_lab.codegen.compact import emit_compact
from patholearn_lab.codegen.folders import FOLDERS
from patholearn_lab.codegen.lightning import emit_cell
from patholearn_lab.codegen.plain import emit_module
from patholearn_lab.codegen.reading import LEARNING, TASK, derived_class
from patholearn_lab.codegen.script import emit_explicit, emit_notebook, emit_script
from patholearn_lab.codegen.sequential import emit_sequential
from patholearn_lab.errors import CodeError, InvalidInputError
from patholearn_lab.graph.check import check
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.inputs import DatasetLookup
from patholearn_lab.graph.issues import CheckResult
from patholearn_lab.graph.limits import NO_LIMITS, TOO_LARGE, Limits

Form: TypeAlias = Literal["cell", "compact", "explicit", "module", "sequential", "script", "notebook"]
FORMS: Mapping[Form, Callable[[Document, DatasetLookup], EmittedCell]] = {
    "cell": emit_cell,
    "compact": emit_compact,
    "explicit": emit_explicit,
    "module": emit_module,
    "sequential": emit_sequential,
    "script": emit_script,
    "notebook": emit_notebook,
}


def emit(document: Document, lookup: DatasetLookup, form: Form = "cell", limits: Limits = NO_LIMITS) -> EmittedCell:
    """Return a graph as code.

    Parameters
    ----------
    document
        The graph.
    lookup
        Finds its data set.
    form
        ``cell``: the LightningModule, for PathoLearn Lab's training. ``compact``: the same with the library's task
        class, which brings losses, metrics and optimizer along, and needs PathoLearn Lab to run. ``explicit``: with a
        DataModule of class folders and the Trainer. ``module``: the network alone as an ``nn.Module``. ``sequential``:
        as an ``nn.Sequential``, where the graph is a chain. ``script``: a ``train.py`` for the command line.
        ``notebook``: a notebook, as JSON.
    limits
        How large a network may be here.

    Raises
    ------
    CodeError
        When the graph has errors, is too large, or cannot take the form.
    InvalidInputError
        When there is no such form.
    """
    if form not in FORMS:
        raise InvalidInputError(f"There is no form {form!r} of the code.", f"Choose one of: {', '.join(FORMS)}.")
    if limits != NO_LIMITS:
        _ensure_within(check(document, lookup, limits))
    return FORMS[form](document, lookup)


def form_of(module: ast.Module) -> Form:
    """Return the form that a cell has, edited or not."""
    defined = {node.name for node in module.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
    if derived_class(module, (TASK,)):
        return "compact"
    if derived_class(module, LEARNING):
        return "cell" if FOLDERS not in defined else "script" if "main" in defined else "explicit"
    if derived_class(module, ("Module",)):
        return "module"
    made = [node.value for node in module.body if isinstance(node, ast.Assign)]
    chains = any(isinstance(value, ast.Call) and ast.unparse(value.func).endswith("Sequential") for value in made)
    return "sequential" if chains else "cell"


def _ensure_within(result: CheckResult) -> None:
    too_large = [issue for issue in result.issues if issue.code in TOO_LARGE]
    if too_large:
        raise CodeError(
            f"No code is written for this network. {too_large[0].message}",
            "Make the network smaller.",
            issues=[issue.model_dump(mode="json") for issue in too_large],
        )
