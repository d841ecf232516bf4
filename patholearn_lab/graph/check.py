"""The check of a graph: shapes, cost and issues, quick enough for every keystroke.

It never raises for a document that could be read: whatever is odd about it becomes an issue.
"""

from __future__ import annotations

from patholearn_lab.graph.document import Document
from patholearn_lab.graph.inputs import DatasetLookup
from patholearn_lab.graph.issues import CheckResult, Issue, Totals
from patholearn_lab.graph.limits import NO_LIMITS, Limits, exceeded
from patholearn_lab.graph.validation import advice, ends, nodes, wiring
from patholearn_lab.graph.validation.examined import Examined

_RULES = (*ends.RULES, *nodes.RULES, *wiring.RULES, *advice.RULES)
_SEVERITY_ORDER = {"error": 0, "warning": 1, "advice": 2}
_ALWAYS_ERRORS = frozenset({"two_datasets", "two_outputs", "unknown_dataset", "no_dataset_chosen"})


def check(document: Document, lookup: DatasetLookup, limits: Limits = NO_LIMITS) -> CheckResult:
    """Return everything that is known about a graph.

    Parameters
    ----------
    document
        The graph.
    lookup
        Finds data sets by their id.
    limits
        How large a network may be here.

    Returns
    -------
    CheckResult
        Facts per node, issues (errors first), sums, and whether the graph can be trained: it can where no issue is an
        error. A node that the output does not need is left out of the network, so what is wrong there is a warning.
    """
    return check_examined(Examined.of(document, lookup), limits)


def check_examined(examined: Examined, limits: Limits = NO_LIMITS) -> CheckResult:
    """Return what :func:`check` does, for a graph that was examined already."""
    issues = [_as_it_matters(examined, issue) for rule in _RULES for issue in rule(examined)]
    totals = _totals(examined)
    issues += exceeded(limits, totals, examined.batch_size)
    issues.sort(key=lambda issue: _SEVERITY_ORDER[issue.severity])
    return CheckResult(
        nodes=dict(examined.inferred.facts),
        issues=tuple(issues),
        totals=totals,
        runnable=not any(issue.severity == "error" for issue in issues),
    )


def _as_it_matters(examined: Examined, issue: Issue) -> Issue:
    spared = issue.node is not None and issue.node not in examined.used and issue.code not in _ALWAYS_ERRORS
    if spared and issue.severity == "error":
        return issue.model_copy(update={"severity": "warning"})
    return issue


def _totals(examined: Examined) -> Totals:
    layers = [key for key in examined.used if key in examined.specs and examined.specs[key].style != "end"]
    facts = [examined.inferred.facts[key] for key in layers]
    return Totals(
        parameters=sum(fact.parameters for fact in facts),
        multiply_adds=sum(fact.multiply_adds for fact in facts),
        memory_bytes=sum(fact.memory_bytes for fact in facts),
        layers=len(layers),
    )
