"""Single nodes: is the kind known, are the parameters usable, do the shapes fit."""

from __future__ import annotations

from collections.abc import Iterator

from patholearn_lab.graph.block import block_of_kind
from patholearn_lab.graph.free_code import problem_in
from patholearn_lab.graph.issues import Issue, Mend
from patholearn_lab.graph.kinds import MAX_EXPANDED, BlockProblem
from patholearn_lab.graph.matching import enlarge, mends_for_shapes
from patholearn_lab.graph.mends import bypass, insert, remove_node, set_params
from patholearn_lab.graph.settings import unknown_params
from patholearn_lab.graph.shapes import ShapeProblem
from patholearn_lab.graph.validation.examined import Examined


def kinds(examined: Examined) -> Iterator[Issue]:
    """Kinds that this version does not know."""
    for key, node in sorted(examined.document.nodes.items()):
        if key not in examined.specs:
            yield _unusable_block(examined, key) or Issue(
                code="unknown_kind",
                severity="error",
                node=key,
                message=f"{examined.name(key)} is of the kind {node.kind!r}, which this PathoLearn Lab does not know. "
                "It may come from a newer version or from a package that is not installed.",
                mend=remove_node(key, f"Remove {examined.name(key)}"),
            )


def _unusable_block(examined: Examined, key: str) -> Issue | None:
    block = block_of_kind(examined.document.nodes[key].kind)
    if block is None:
        return None
    problem = examined.kinds.problems.get(block)
    if problem is None and block in examined.kinds.blocks:
        count = examined.kinds.expanded(examined.document.nodes)
        message = f"The network has {count:,} nodes with all that is inside its blocks; at most {MAX_EXPANDED:,} are "
        problem = BlockProblem("too_many_nodes", f"{message}allowed. Use fewer or smaller blocks.")
    if problem is None:
        problem = BlockProblem("block_missing", f"There is no block {block!r} in this graph. Add it, or another one.")
    return Issue(
        code=problem.code,
        severity="error",
        node=key,
        message=f"{examined.name(key)}: {problem.message}",
        mend=remove_node(key, f"Remove {examined.name(key)}"),
    )


def parameters(examined: Examined) -> Iterator[Issue]:
    """Parameters out of range, of the wrong type, or unknown."""
    for key, problems in sorted(examined.setting_problems.items()):
        for problem in problems:
            better = "its default" if problem.better is None else f"{problem.better:g}"
            yield Issue(
                code=problem.code,
                severity="error",
                node=key,
                message=f"{examined.name(key)}: {problem.message}",
                mend=set_params(key, {problem.param: problem.better}, f"Set it to {better}"),
            )
    for key, spec in sorted(examined.specs.items()):
        for name in unknown_params(spec, examined.document.nodes[key].params):
            yield Issue(
                code="unknown_parameter",
                severity="warning",
                node=key,
                message=f"{examined.name(key)}: {spec.label} has no parameter {name!r}. It is not used.",
                mend=set_params(key, {name: None}, f"Remove {name!r}"),
            )


def free_code(examined: Examined) -> Iterator[Issue]:
    """Code nodes whose code is no Python, or uses what is not there."""
    for key in sorted(key for key, spec in examined.specs.items() if spec.style == "code"):
        values = examined.values.get(key)
        found = problem_in(values["code"], values["setup"], values["above"]) if values else None
        if found is None:
            continue
        param, problem = found
        label = next(declared.label for declared in examined.specs[key].params if declared.name == param)
        yield Issue(
            code="code_problem",
            severity="error",
            node=key,
            message=f"{examined.name(key)}, “{label}”, line {problem.line}: {problem.message}.",
        )


def shapes(examined: Examined) -> Iterator[Issue]:
    """Shapes that do not fit together."""
    for key, problem in sorted(examined.inferred.problems.items()):
        mend, *others = [*_mends(examined, key, problem), None]
        yield Issue(
            code=problem.code,
            severity="error",
            node=key,
            message=f"{examined.name(key)}: {problem.message}",
            mend=mend,
            other_mends=tuple(other for other in others if other is not None),
        )


def _mends(examined: Examined, node: str, problem: ShapeProblem) -> Iterator[Mend]:
    """Yield the ways out of shapes that do not fit, the usual one first."""
    spec = examined.specs[node]
    if problem.before:
        edge = examined.topology.incoming[node][0]
        wire = examined.topology.edges[edge]
        yield insert(examined.document, wire, edge, problem.before, problem.params, problem.label)
    elif problem.params:
        yield set_params(node, problem.params, problem.label)
    edges = examined.topology.incoming[node]
    if problem.code == "shapes_differ":
        yield from mends_for_shapes(examined.document, edges, examined.inferred.inputs[node])
    elif problem.code == "image_too_small":
        if not problem.params:
            yield bypass(examined.topology, node, f"Remove this {spec.label}")
        enlarged = _enlarge(examined, node)
        if enlarged is not None:
            yield enlarged


def _enlarge(examined: Examined, node: str) -> Mend | None:
    """Make the image that comes in large enough for a node."""
    spec, shape = examined.specs[node], examined.inferred.inputs[node][0]
    if spec.shape is None:
        return None
    for factor in (2, 4, 8):
        larger = (shape[0], shape[1] * factor, shape[2] * factor)
        try:
            spec.shape(examined.values[node], (larger,))
        except ShapeProblem:
            continue
        return enlarge(examined.document, examined.topology.incoming[node][0], factor)
    return None


RULES = (kinds, parameters, free_code, shapes)
