"""A read-only picture of a graph for one's own notebooks. The editor is another thing: it is in ``widgets``."""

from __future__ import annotations

from typing import Any

from patholearn_lab.graph.connections import name_of
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.kinds import kinds_of

_STYLE = [
    {
        "selector": "node",
        "style": {
            "label": "data(label)",
            "shape": "round-rectangle",
            "width": 160,
            "height": 44,
            "text-valign": "center",
            "text-wrap": "wrap",
            "font-size": 12,
            "background-color": "#dfe7f5",
            "border-width": 1,
            "border-color": "#5b7db1",
        },
    },
    {
        "selector": "edge",
        "style": {"curve-style": "bezier", "target-arrow-shape": "triangle", "width": 2, "line-color": "#8a94a6"},
    },
]


def cytoscape_widget(document: Document) -> Any:
    """Return an `ipycytoscape.CytoscapeWidget` that shows the graph. Good for up to about 200 nodes."""
    import ipycytoscape

    widget = ipycytoscape.CytoscapeWidget(layout={"height": "480px"})
    widget.graph.add_graph_from_json(
        {
            "nodes": [
                {"data": {"id": key, "label": _label(document, key)}, "position": {"x": node.x, "y": node.y}}
                for key, node in sorted(document.nodes.items())
            ],
            "edges": [
                {"data": {"id": key, "source": edge.source, "target": edge.target}}
                for key, edge in sorted(document.edges.items())
                if edge.source in document.nodes and edge.target in document.nodes
            ],
        },
        directed=True,
    )
    widget.set_layout(name="preset")
    widget.set_style(_STYLE)
    widget.autolock = True
    return widget


def _label(document: Document, node: str) -> str:
    spec = kinds_of(document).get(document.nodes[node].kind)
    return name_of(document, node) + (f"\n{spec.label}" if spec else "")
