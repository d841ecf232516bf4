"""Two versions of a graph in one picture: the new one, with what is gone as ghosts where it stood.

What is new is green with a ``+``, what is gone red, dashed, with a ``-``, what changed amber with a ``~`` and the
values before and after: signs and lines say what colors say. Like every picture here it is light cards with dark
letters, and its colors can be read on white and on black.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from patholearn_lab.graph.annotations import Box, safe_text
from patholearn_lab.graph.diff import Difference, Sign, diff
from patholearn_lab.graph.document import Document, Edge, Node
from patholearn_lab.graph.flow import Place, flow_of
from patholearn_lab.graph.kinds import kinds_of
from patholearn_lab.graph.picture import (
    CARD_HEIGHT,
    CARD_WIDTH,
    FAINT,
    INK,
    LETTERS,
    LINE,
    arrow,
    card_box,
    curve,
    drawing,
    placed,
)

_LINE_HEIGHT, _MOST_LINES = 15, 4
_STEP_ASIDE = CARD_WIDTH + 24


@dataclass(frozen=True)
class _Look:
    """How a part of the picture is drawn; `word` is what stands on a card that says nothing else."""

    name: str
    line: str
    fill: str
    word: str
    dashes: str = ""

    @property
    def arrow(self) -> str:
        return f"plab-arrow-{self.name}"


_LOOKS: Mapping[Sign, _Look] = {
    "+": _Look("new", "#2e8b45", "#e3f4e6", "new"),
    "-": _Look("gone", "#d64545", "#fbe9e9", "gone", ' stroke-dasharray="6 4"'),
    "~": _Look("changed", "#b87400", "#fdf0d5", "changed inside"),
    " ": _Look("same", LINE, "#f4f6f8", ""),
}


def difference_svg(before: Document, after: Document) -> str:
    """Return what leads from one document to another as an SVG document.

    Parameters
    ----------
    before, after
        The two documents. Nodes stand where they stand in `after`; what is gone stands where it stood, moved as its
        neighbors were and aside of what stands there now.
    """
    difference = diff(before, after)
    both = placed(_both(before, after, difference))
    signs = _signs(both, before, after, difference)
    said = {key: change.sentences for key, change in difference.changed.items()}
    for order in difference.reordered:
        said[order.node] = (*said.get(order.node, ()), "takes its inputs in another order")
    counts = {sign: sum(other == sign for other in signs.values()) for sign in _LOOKS}
    title = f"{after.meta.name}: {counts['+']:,} nodes new, {counts['-']:,} gone, {counts['~']:,} changed"
    arrows = [arrow(look.arrow, look.line) for look in _LOOKS.values()]
    boxes = {key: card_box(node, _height(said.get(key, ()))) for key, node in both.nodes.items()}
    cards = (
        _card(both, key, difference.names.get(key, key), signs[key], said.get(key, ()), boxes[key])
        for key in sorted(both.nodes)
    )
    room = [Box(box.left, box.top, box.width + _STEP_ASIDE / 2, box.height) for box in boxes.values()]
    shown = room if difference.disconnected else boxes.values()
    return drawing(list(shown), title, [*arrows, *_lines(both, difference, boxes), *cards])


def _both(before: Document, after: Document, difference: Difference) -> Document:
    """Return the new document with what is gone put in."""
    nodes = dict(after.nodes)
    for key in sorted(difference.removed, key=lambda key: (before.nodes[key].y, key)):
        nodes[key] = _ghost(key, before, nodes)
    edges = dict(after.edges) | {f"-{row}": edge for row, edge in enumerate(difference.disconnected)}
    return after.model_copy(update={"nodes": nodes, "edges": edges, "blocks": before.blocks | after.blocks})


def _ghost(key: str, before: Document, nodes: Mapping[str, Node]) -> Node:
    """Return the node that is gone, where it would stand had it been moved with its neighbors."""
    old = before.nodes[key]
    beside = [
        other
        for edge in before.edges.values()
        for other in ({edge.source, edge.target} - {key} if key in (edge.source, edge.target) else ())
        if other in nodes and other in before.nodes
    ]
    moves = [(nodes[other].x - before.nodes[other].x, nodes[other].y - before.nodes[other].y) for other in beside]
    x = old.x + sum(move[0] for move in moves) / max(1, len(moves))
    y = old.y + sum(move[1] for move in moves) / max(1, len(moves))
    while any(abs(node.x - x) < CARD_WIDTH and abs(node.y - y) < CARD_HEIGHT for node in nodes.values()):
        x += _STEP_ASIDE
    return old.model_copy(update={"x": x, "y": y})


def _signs(both: Document, before: Document, after: Document, difference: Difference) -> dict[str, Sign]:
    signs: dict[str, Sign] = dict.fromkeys(both.nodes, " ")
    uses = {f"block/{block}" for block in difference.changed_blocks if block in before.blocks and block in after.blocks}
    signs |= {key: "~" for key, node in after.nodes.items() if node.kind in uses}
    signs |= dict.fromkeys((*difference.changed, *(order.node for order in difference.reordered)), "~")
    signs |= dict.fromkeys(difference.removed, "-")
    return signs | dict.fromkeys(difference.added, "+")


def _ends(edge: Edge) -> tuple[str, str, str, str]:
    return (edge.source, edge.source_port, edge.target, edge.target_port)


def _lines(both: Document, difference: Difference, boxes: Mapping[str, Box]) -> Iterator[str]:
    new, gone = ({_ends(edge) for edge in edges} for edges in (difference.connected, difference.disconnected))
    flow = flow_of(both)
    for key, edge in sorted(both.edges.items()):
        if edge.source not in both.nodes or edge.target not in both.nodes:
            continue
        sign: Sign = "-" if key.startswith("-") and _ends(edge) in gone else "+" if _ends(edge) in new else " "
        look = _LOOKS[sign]
        source, target = both.nodes[edge.source], both.nodes[edge.target]
        middle = Place((source.x + target.x) / 2, (source.y + target.y) / 2)
        others = (node for key, node in both.nodes.items() if key not in (edge.source, edge.target))
        low, high = sorted((flow.along(source), flow.along(target)))
        is_free = not any(
            abs(node.x - middle.x) < CARD_WIDTH and abs(node.y - middle.y) < CARD_HEIGHT
            for node in others
            if low < flow.along(node) < high
        )
        aside = 0.0 if sign == " " or is_free else _STEP_ASIDE
        path = curve(flow, boxes[edge.source], boxes[edge.target], aside)
        width = 1.6 if sign == " " else 2.4
        yield (
            f'<path d="{path}" fill="none" stroke="{look.line}" stroke-width="{width}"{look.dashes} '
            f'marker-end="url(#{look.arrow})"/>'
        )
        if sign != " ":
            yield _badge(flow.at(flow.along(middle), flow.across(middle) + 0.75 * aside), sign)


def _badge(at: Place, sign: Sign) -> str:
    return (
        f'<g transform="translate({at.x:.0f} {at.y:.0f})"><circle r="8" fill="#ffffff" stroke="{_LOOKS[sign].line}"/>'
        f'<text y="4.5" fill="{INK}" font-weight="700" text-anchor="middle">{_shown(sign)}</text></g>'
    )


def _height(sentences: tuple[str, ...]) -> float:
    return CARD_HEIGHT + _LINE_HEIGHT * max(0, min(len(sentences), _MOST_LINES) - 1)


def _card(both: Document, key: str, called: str, sign: Sign, sentences: tuple[str, ...], box: Box) -> str:
    look, node = _LOOKS[sign], both.nodes[key]
    spec = kinds_of(both).get(node.kind)
    label = spec.label if spec else node.kind
    name = called.strip("“”")
    first = safe_text(name if sign == " " else f"{_shown(sign)} {name}", LETTERS - 2 - min(len(label), 9))
    if len(sentences) > _MOST_LINES:
        shown = (*sentences[: _MOST_LINES - 1], f"and {len(sentences) - _MOST_LINES + 1} more")
    else:
        shown = sentences or (look.word,)
    hint = "; ".join(sentences) or f"{label}, {look.word or 'the same'}"
    width, top = (1, 33) if sign == " " else (2.5, 22)
    return "".join(
        [
            f'<g transform="translate({box.left:.0f} {box.top:.0f})">',
            f"<title>{safe_text(hint, 300)}</title>",
            f'<rect width="{CARD_WIDTH}" height="{box.height:.0f}" rx="7" fill="{look.fill}" stroke="{look.line}" '
            f'stroke-width="{width}"{look.dashes}/>',
            f'<text x="10" y="{top}" fill="{INK}" font-weight="600">{first}</text>',
            f'<text x="{CARD_WIDTH - 10}" y="{top}" fill="{FAINT}" font-size="11" text-anchor="end">'
            f"{safe_text(label, max(LETTERS - len(first), 9))}</text>",
            *(
                f'<text x="10" y="{43 + _LINE_HEIGHT * row}" fill="{INK if sign == "~" else FAINT}" font-size="12">'
                f"{safe_text(sentence, 34)}</text>"
                for row, sentence in enumerate(shown)
            ),
            "</g>",
        ]
    )


def _shown(sign: Sign) -> str:
    return "−" if sign == "-" else sign
