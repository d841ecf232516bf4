"""The document of a sketch: its nodes under their old ids where they had one, its edges, and places for what is new."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from patholearn_lab.codegen.identity import END, Emitted, find_nodes, free_name
from patholearn_lab.codegen.names import identifier, is_name
from patholearn_lab.codegen.placing import place
from patholearn_lab.codegen.sketch import START, TABLE, Drawn, Sketch
from patholearn_lab.codegen.symbols import Signal
from patholearn_lab.graph.block import block_of_kind
from patholearn_lab.graph.calls import write_call
from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.document import Document, Edge, Node, ParamValue
from patholearn_lab.graph.flow import flow_of
from patholearn_lab.graph.mends import free_id
from patholearn_lab.graph.settings import values_of
from patholearn_lab.graph.setups import setups_of
from patholearn_lab.graph.shapes import ShapeProblem
from patholearn_lab.graph.spec import NodeSpec, Shape
from patholearn_lab.graph.topology import edge_order

_END_PORT = "input"
"""The input of every output, and of what stands for one at the border of a block."""


@dataclass(frozen=True)
class Assembled:
    """A document made of a sketch, and the ids that its nodes got."""

    document: Document
    ids: Mapping[str, str]


def assemble(sketch: Sketch, end: Signal | None, document: Document, emitted: Emitted, output: NodeSpec) -> Assembled:
    """Return the document that the sketch describes, as little different from the old one as can be.

    Parameters
    ----------
    sketch, end
        The network, and what it returns.
    document, emitted
        The graph as it was, and what of it stood in the cell.
    output
        The kind of the output node, where there is none yet.
    """
    leaving = {END: end} if end is not None else {}
    known = {START: emitted.start, TABLE: emitted.table, END: emitted.end}
    ends = {key: node for key, node in known.items() if node is not None}
    found = find_nodes(sketch, {key: signal.node for key, signal in leaving.items()}, document, emitted, ends)
    has_table = any(signal.node == TABLE for signal in sketch.starts)
    written = {*emitted.layers, *([emitted.table] if emitted.table else [])}
    gone = written - set(found.values()) - ({emitted.table} if has_table else set())
    nodes = {key: node for key, node in document.nodes.items() if key not in gone}
    ids: dict[str, str] = {}
    for key, kind, kept in ((START, catalog["dataset"], emitted.start), (END, output, emitted.end)):
        ids[key] = kept or free_name(kind.stem, nodes)
        nodes.setdefault(ids[key], Node(kind=kind.kind))
    if has_table:
        spec, beside = catalog["table_input"], nodes[ids[START]]
        ids[TABLE] = emitted.table or _first(document, spec.kind) or free_name(spec.stem, nodes)
        flow = flow_of(document)
        x, y = flow.at(flow.along(beside), flow.across(beside) + flow.lane)
        nodes.setdefault(ids[TABLE], Node(kind=spec.kind, x=x, y=y))
    new: list[str] = []
    for key, drawn in sketch.nodes.items():
        node = found.get(key)
        if node is None:
            ids[key] = new_id(drawn, nodes)
            new.append(ids[key])
            nodes[ids[key]] = Node(kind=drawn.spec.kind, params=drawn.params)
            continue
        ids[key], nodes[node] = node, _changed(drawn, nodes[node])
        if drawn.named_layer and drawn.name != emitted.names[node]:
            ids[key] = _rename(node, drawn.name, nodes)
    edges = edges_of(sketch, leaving, ids, document, written, nodes)
    frames = {key: frame.within(nodes) for key, frame in document.frames.items()}
    made = document.model_copy(update={"nodes": nodes, "edges": edges, "frames": frames})
    return Assembled(place(made, new, everything=not found), ids)


def _first(document: Document, kind: str) -> str | None:
    return min((key for key, node in document.nodes.items() if node.kind == kind), default=None)


def new_id(drawn: Drawn, taken: Mapping[str, Any]) -> str:
    """Return an id that the cell will be written with: the layer's name where it has one."""
    name = identifier(drawn.name)[:64]
    stem = drawn.spec.stem or drawn.spec.kind
    usable = drawn.spec.style == "module" and not drawn.name[:1].isdigit()
    if name and (usable or name.startswith(f"{stem}_")) and name not in taken:
        return name
    return free_id(taken, stem)


def _rename(node: str, name: str, nodes: dict[str, Node]) -> str:
    """Call a node after its layer, and return its id: a new one where the note is a remark that has to stay."""
    kept = nodes[node]
    wanted = identifier(name)
    if not wanted or (kept.note and not is_name(kept.note)):
        if wanted and wanted not in nodes:
            nodes[wanted] = nodes.pop(node)
            return wanted
        return node
    nodes[node] = kept.model_copy(update={"note": "" if wanted == node else name})
    return node


def _changed(drawn: Drawn, old: Node) -> Node:
    if old.kind != drawn.spec.kind:
        return old.model_copy(update={"kind": drawn.spec.kind, "params": drawn.params})
    params = merged_params(drawn.spec, old.params, drawn.params, drawn.shapes or ())
    return old if params == old.params else old.model_copy(update={"params": params})


def merged_params(
    spec: NodeSpec, old: Mapping[str, ParamValue], read: Mapping[str, ParamValue], shapes: tuple[Shape, ...]
) -> dict[str, ParamValue]:
    """Return the parameters that a call gives, with those of before that the call says nothing about."""
    if block_of_kind(spec.kind) is not None:
        return dict(old) if values_of(spec, old) == values_of(spec, read) else dict(read)
    wanted = _call(spec, read, shapes)
    if wanted is None:
        return dict(read)
    if _call(spec, old, shapes) == wanted:
        return dict(old)
    merged = dict(read)
    for name, value in old.items():
        if name not in merged and _call(spec, {**merged, name: value}, shapes) == wanted:
            merged[name] = value
    return merged


def _call(spec: NodeSpec, params: Mapping[str, ParamValue], shapes: tuple[Shape, ...]) -> Any:
    """Return what the cell says of a node with these parameters; None where they make no node."""
    values, problems = values_of(spec, params)
    if problems:
        return None
    try:
        arriving = shapes or ((1, 1, 1),) * max(1, len(spec.inputs))
        call, setups = write_call(spec, values, arriving), setups_of(spec, values, arriving)
    except (ShapeProblem, LookupError, ArithmeticError):
        return None
    chosen = [variant for variant in spec.variants if all(values[n] == v for n, v in variant.params.items())]
    return (call, setups, chosen[:1])


def edges_of(
    sketch: Sketch,
    leaving: Mapping[str, Signal],
    ids: Mapping[str, str],
    document: Document,
    layers: set[str],
    nodes: Mapping[str, Node],
) -> dict[str, Edge]:
    """Return the edges of the sketch under their old ids, and those that the cell says nothing of."""
    wanted: list[Edge] = []
    for key, drawn in sketch.nodes.items():
        read = [_edge(ids[wire.source], wire.source_port, ids[key], wire.target_port) for wire in drawn.wires]
        for place_, edge in zip(drawn.unread, _unread(ids[key], drawn, document), strict=False):
            if edge.source in nodes:
                read.insert(place_, edge)
        wanted += read
    wanted += [_edge(ids[signal.node], signal.port, ids[end], _END_PORT) for end, signal in leaving.items()]
    written = {*ids.values(), *layers}
    free: dict[Edge, list[str]] = defaultdict(list)
    kept: dict[str, Edge] = {}
    for name, edge in sorted(document.edges.items(), key=_by_name):
        if edge.source in written and edge.target in written:
            free[edge].append(name)
        elif not {edge.source, edge.target} & (layers - nodes.keys()):
            kept[name] = edge
    taken = set(document.edges)
    named: list[tuple[str, Edge]] = []
    for edge in wanted:
        name = free[edge].pop(0) if free[edge] else free_edge(taken)
        taken.add(name)
        named.append((name, edge))
    return kept | dict(_ordered(named))


def _unread(node: str, drawn: Drawn, document: Document) -> list[Edge]:
    """Return the edges to the inputs of a code node that its code does not name, as they were."""
    if not drawn.unread:
        return []
    arriving = [edge for _, edge in sorted(document.edges.items(), key=_by_name) if edge.target == node]
    return [arriving[place_] for place_ in drawn.unread if place_ < len(arriving)]


def _by_name(item: tuple[str, Edge]) -> tuple[int, str]:
    return edge_order(item[0])


def _ordered(named: list[tuple[str, Edge]]) -> list[tuple[str, Edge]]:
    """Deal the ids at each port anew where they are not in the order in which it takes its edges."""
    ports: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place_, (_, edge) in enumerate(named):
        ports[edge.target, edge.target_port].append(place_)
    names = [name for name, _ in named]
    for places in ports.values():
        for place_, name in zip(places, sorted((names[i] for i in places), key=edge_order), strict=True):
            names[place_] = name
    return [(name, edge) for name, (_, edge) in zip(names, named, strict=True)]


def free_edge(taken: set[str]) -> str:
    """Return the first of ``e1``, ``e2``, … behind those that are taken."""
    number = len(taken) + 1
    while f"e{number}" in taken:
        number += 1
    return f"e{number}"


def _edge(source: str, source_port: str, target: str, target_port: str) -> Edge:
    return Edge(source=source, source_port=source_port, target=target, target_port=target_port)
