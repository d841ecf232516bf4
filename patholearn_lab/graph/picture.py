"""The graph as an SVG picture: needs no server, no browser and no script, and stays in a saved notebook.

A notebook shows an SVG as an image, to which the theme's colors do not reach. So cards are light with dark letters, and
lines have a middle grey: both can be read on white and on black. Everything that a person wrote is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from patholearn_lab.graph.annotations import Box, frame_boxes, frames, remark_box, remarks, safe_text
from patholearn_lab.graph.check import check
from patholearn_lab.graph.connections import name_of
from patholearn_lab.graph.document import Document, Node
from patholearn_lab.graph.flow import Flow, Place, flow_of
from patholearn_lab.graph.inputs import DatasetLookup
from patholearn_lab.graph.issues import CheckResult
from patholearn_lab.graph.kinds import kinds_of
from patholearn_lab.graph.layout import arrange
from patholearn_lab.graph.operations import apply
from patholearn_lab.graph.shapes import show
from patholearn_lab.graph.spec import Category

CARD_WIDTH, CARD_HEIGHT, _MARGIN = 196, 56, 16
_MOST_PX = 20_000
"""Nodes farther apart than this were placed by no person."""
_SHOWN_PX = 900
"""The widest that the picture is shown at; it is drawn smaller then, and can be enlarged without loss."""
LETTERS = 24
_COLORS: Mapping[Category, str] = {
    "Data": "#d9e8fb",
    "Layers": "#fbe6cf",
    "Pooling": "#dcefdc",
    "Normalization": "#ece2f6",
    "Activations": "#fdf3c4",
    "Shape": "#e4e9ee",
    "Merging": "#d6f0ee",
    "Sequences": "#f9dfe6",
    "Blocks": "#e3ead0",
    "Networks": "#efe3d6",
    "Own": "#eef0f3",
    "Output": "#d9e8fb",
}
_ERROR = "#c0392b"
LINE = "#7a8594"
INK, FAINT = "#1f2933", "#4a5663"


def svg(document: Document, lookup: DatasetLookup) -> str:
    """Return the graph as an SVG document, with its frames and remarks.

    A node is a card with its name, its kind and the shape that it gives.

    Parameters
    ----------
    document
        The graph. Nodes stand where the person put them; where two stand on one place, or far out, all are arranged.
    lookup
        Finds its data set; without it the cards have no shapes.
    """
    shown = placed(document)
    cards = [card_box(node) for node in shown.nodes.values()]
    boxes = [*cards, *frame_boxes(shown).values(), *map(remark_box, shown.remarks.values())]
    title = f"{document.meta.name}: {len(shown.nodes):,} nodes, {len(shown.edges):,} connections"
    network = (*_lines(shown), *_cards(shown, check(document, lookup)))
    return drawing(boxes, title, [arrow("plab-arrow", LINE), *frames(shown), *network, *remarks(shown)])


def drawing(boxes: Sequence[Box], title: str, parts: Iterable[str]) -> str:
    """Return an SVG document that is as large as the boxes ask for, with these parts in it."""
    boxes = boxes or [Box(0, 0, 0, 0)]
    left, top = min(box.left for box in boxes) - _MARGIN, min(box.top for box in boxes) - _MARGIN
    width = max(box.left + box.width for box in boxes) + _MARGIN - left
    height = max(box.top + box.height for box in boxes) + _MARGIN - top
    scale = min(1.0, _SHOWN_PX / width)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * scale:.0f}" height="{height * scale:.0f}" '
            f'viewBox="{left:.0f} {top:.0f} {width:.0f} {height:.0f}" role="img" '
            f'font-family="system-ui, sans-serif" font-size="13">',
            f"<title>{safe_text(title, 200)}</title>",
            *parts,
            "</svg>",
        ]
    )


def card_box(node: Node, height: float = CARD_HEIGHT) -> Box:
    """Return where the card of a node is."""
    return Box(node.x - CARD_WIDTH / 2, node.y - height / 2, CARD_WIDTH, height)


def arrow(name: str, color: str) -> str:
    """Return the tip of lines of a color, which they name as ``marker-end="url(#name)"``."""
    return (
        f'<defs><marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        f'orient="auto"><path d="M0 0 8 4 0 8z" fill="{color}"/></marker></defs>'
    )


def curve(flow: Flow, source: Box, target: Box, aside: float = 0.0) -> str:
    """Return the path between two cards: it leaves and arrives in the direction of the flow, however they stand.

    It swings out to the side by 3/4 of `aside`, around what stands between the two.
    """
    begin, end = (Place(box.left + box.width / 2, box.top + box.height / 2) for box in (source, target))
    start = flow.along(begin) + flow.along(Place(source.width / 2, source.height / 2))
    stop = flow.along(end) - flow.along(Place(target.width / 2, target.height / 2))
    bend = max(abs(stop - start) / 2, 24)
    corners = [
        flow.at(start, flow.across(begin)),
        flow.at(start + bend, flow.across(begin) + aside),
        flow.at(stop - bend, flow.across(end) + aside),
        flow.at(stop, flow.across(end)),
    ]
    first, *others = [f"{x:.0f} {y:.0f}" for x, y in corners]
    return f"M{first}C{' '.join(others)}"


def placed(document: Document) -> Document:
    """Return the graph with its nodes where they can be told apart."""
    places = [(node.x, node.y) for node in document.nodes.values()]
    extents = [max(axis) - min(axis) for axis in zip(*places, strict=True)]
    if len(set(places)) < len(places) or any(extent > _MOST_PX for extent in extents):
        return apply(document, arrange(document))
    return document


def _lines(document: Document) -> Iterator[str]:
    flow = flow_of(document)
    for _, edge in sorted(document.edges.items()):
        if edge.source in document.nodes and edge.target in document.nodes:
            path = curve(flow, card_box(document.nodes[edge.source]), card_box(document.nodes[edge.target]))
            yield f'<path d="{path}" fill="none" stroke="{LINE}" stroke-width="1.6" marker-end="url(#plab-arrow)"/>'


def _cards(document: Document, result: CheckResult) -> Iterator[str]:
    wrong = {issue.node: issue.message for issue in reversed(result.issues) if issue.severity == "error"}
    for key, node in sorted(document.nodes.items()):
        spec = kinds_of(document).get(node.kind)
        facts = result.nodes[key]
        shape = next((show(shape) for shape in facts.outputs.values()), "")
        details = " · ".join(filter(None, [shape, f"{facts.parameters:,} parameters" if facts.parameters else ""]))
        hint = wrong.get(key) or (node.note or (spec.summary if spec else ""))
        fill = _COLORS[spec.category] if spec else "#ffffff"
        edge = f'stroke="{_ERROR}" stroke-width="2.5"' if key in wrong else f'stroke="{LINE}"'
        name, label = name_of(document, key).strip("“”"), spec.label if spec else node.kind
        first = safe_text(f"! {name}" if key in wrong else name, LETTERS)
        yield (
            f'<g transform="translate({node.x - CARD_WIDTH / 2:.0f} {node.y - CARD_HEIGHT / 2:.0f})">'
            f"<title>{safe_text(hint, 300)}</title>"
            f'<rect width="{CARD_WIDTH}" height="{CARD_HEIGHT}" rx="7" fill="{fill}" {edge}/>'
            f'<text x="10" y="22" fill="{INK}" font-weight="600">{first}</text>'
            f'<text x="{CARD_WIDTH - 10}" y="22" fill="{FAINT}" font-size="11" text-anchor="end">'
            f"{safe_text(label, max(LETTERS - len(first), 8))}</text>"
            f'<text x="10" y="43" fill="{FAINT}" font-size="12">{safe_text(details, 34)}</text>'
            "</g>"
        )
