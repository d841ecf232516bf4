"""The check of a graph: shapes, cost and issues, quick enough for every keystroke.

It never raises for a document that could be read: whatever is odd about it becomes an issue.
"""

from __future__ import annotations

from patholearn_lab.graph.block import block_of_kind
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.inputs import DatasetLookup
from patholearn_lab.graph.issues import CheckResult, Totals
from patholearn_lab.graph.limits import NO_LIMITS, Limits, exceeded
from patholearn_lab.graph.validation import advice, blocks, ends, learning, nodes, wiring
from patholearn_lab.graph.validation.examined import Examined
from patholearn_lab.graph.validation.inside import InnerNode, inner_nodes

_RULES = (*ends.RULES, *learning.RULES, *nodes.RULES, *wiring.RULES, *blocks.RULES, *advice.RULES)
_SEVERITY_ORDER = {"error": 0, "warning": 1, "advice": 2}


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
        Facts per node (those inside blocks have keys like ``use/inner``), issues (errors first), sums, and
        whether the graph can be trained: it can where no issue is an error. A node that the output does not
        need is left out of the network, so what is wrong there is a warning.
    """
    return check_examined(Examined.of(document, lookup), limits)


def check_examined(examined: Examined, limits: Limits = NO_LIMITS) -> CheckResult:
    """Return what :func:`check` does, for a graph that was examined already."""
    issues = [examined.as_it_matters(issue) for rule in _RULES for issue in rule(examined)]
    inner = [item for node in examined.document.nodes for item in inner_nodes(examined, node)]
    totals = _totals(examined, inner)
    issues += exceeded(limits, totals, examined.batch_size)
    issues.sort(key=lambda issue: _SEVERITY_ORDER[issue.severity])
    return CheckResult(
        nodes=dict(examined.inferred.facts) | {"/".join(item.path): item.facts for item in inner},
        issues=tuple(issues),
        totals=totals,
        runnable=not any(issue.severity == "error" for issue in issues),
    )


def _totals(examined: Examined, inner: list[InnerNode]) -> Totals:
    layers = [key for key in examined.used if key in examined.specs and examined.specs[key].style != "end"]
    facts = [examined.inferred.facts[key] for key in layers]
    return Totals(
        parameters=sum(fact.parameters for fact in facts),
        frozen_parameters=sum(fact.frozen_parameters for fact in facts),
        multiply_adds=sum(fact.multiply_adds for fact in facts),
        memory_bytes=sum(fact.memory_bytes for fact in facts),
        layers=sum(block_of_kind(examined.specs[key].kind) is None for key in layers)
        + sum(item.is_used and not item.is_block and item.path[0] in examined.used for item in inner),
    )
