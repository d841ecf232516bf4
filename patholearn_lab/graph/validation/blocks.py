"""The inside of blocks: what is wrong there is shown at the node that stands for the block, with a mend of the block.

The same rules look at the inside as at the whole graph, with what comes in at this very use.
"""

from __future__ import annotations

from collections.abc import Iterator

from patholearn_lab.graph.block import Block, block_of_kind
from patholearn_lab.graph.interior import BORDER, block_of
from patholearn_lab.graph.issues import Issue, Mend
from patholearn_lab.graph.kinds import Inside
from patholearn_lab.graph.mends import remove_node
from patholearn_lab.graph.operations import Operation, RemoveBlock, SetBlock, apply
from patholearn_lab.graph.validation import advice, nodes, wiring
from patholearn_lab.graph.validation.examined import Examined
from patholearn_lab.graph.validation.inside import examined_inside, inside_of


def issues_inside(examined: Examined) -> Iterator[Issue]:
    """What is wrong inside the blocks of a graph, at every use; advice once for all uses of a block."""
    advised: set[str] = set()
    for node in sorted(examined.document.nodes):
        inside = inside_of(examined, node)
        if inside is None:
            continue
        name = block_of_kind(examined.document.nodes[node].kind) or ""
        inner = examined_inside(examined, inside)
        rules = (*nodes.RULES, *wiring.RULES, ends_inside, issues_inside)
        for rule in rules if name in advised else (*rules, *advice.INSIDE):
            for issue in map(inner.as_it_matters, rule(inner)):
                at_border = issue.node is not None and inner.document.nodes[issue.node].kind in BORDER
                yield _from_outside(examined, node, name, inside, issue, at_border)
        advised.add(name)


def ends_inside(examined: Examined) -> Iterator[Issue]:
    """Inputs, outputs and metrics belong to the whole graph."""
    for key, spec in sorted(examined.specs.items()):
        if spec.kind not in BORDER and spec.role != "layer":
            yield Issue(
                code="end_inside_block",
                severity="error",
                node=key,
                message=f"{examined.name(key)} is a {spec.label}, which cannot be inside a block. "
                "Draw it in the graph that the block is used in.",
                mend=remove_node(key, f"Remove {examined.name(key)}"),
            )


def _from_outside(examined: Examined, node: str, name: str, inside: Inside, issue: Issue, at_border: bool) -> Issue:
    way = () if issue.node is None or at_border else (issue.node, *issue.path)
    inner = [mend for mend in (issue.mend, *issue.other_mends) if mend is not None]
    mends = [mend for mend in (_mend(name, examined.kinds.blocks[name], inside, one) for one in inner) if mend]
    return Issue(
        code=issue.code,
        severity=issue.severity,
        node=node,
        path=way,
        message=f"Inside {examined.name(node)}: {issue.message}",
        mend=mends[0] if mends else None,
        other_mends=tuple(mends[1:]),
    )


def _mend(name: str, block: Block, inside: Inside, mend: Mend) -> Mend | None:
    """Return a mend of the inside as one of the block's definition, which all its uses share."""
    deeper: list[Operation] = [item for item in mend.operations if isinstance(item, (SetBlock, RemoveBlock))]
    here = [item for item in mend.operations if not isinstance(item, (SetBlock, RemoveBlock))]
    if not here:
        return mend
    mended = block_of(apply(inside.document, here), block)
    # What would lead an input straight to an output, or leave an output without a node, is no block any more.
    if len(mended.outputs) < len(block.outputs) or mended.input_names != block.input_names:
        return None
    return Mend(
        label=f"{mend.label} in the block “{block.label or name}”",
        operations=(*deeper, SetBlock(id=name, block=mended)),
    )


RULES = (issues_inside,)
