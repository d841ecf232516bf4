"""A network that is a chain, as ``nn.Sequential``: each layer a line, functions as the modules that do the same."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache

from patholearn_lab.codegen.cell import EmittedCell
from patholearn_lab.codegen.imports import as_imported
from patholearn_lab.codegen.plain import class_of, emit_module, method_of, moved, refuse, segment
from patholearn_lab.codegen.preparing import changed_attributes
from patholearn_lab.codegen.source import with_comment
from patholearn_lab.errors import CodeError
from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.connections import name_of
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.inputs import DatasetLookup
from patholearn_lab.graph.topology import Topology

_WAY_OUT = "Take the form “module”: its forward can branch."


def emit_sequential(document: Document, lookup: DatasetLookup) -> EmittedCell:
    """Return the network of a graph as an ``nn.Sequential`` called ``model``.

    Raises
    ------
    CodeError
        When the graph has errors, is no chain, or has a layer that ``nn.Sequential`` cannot call.
    """
    cell = emit_module(document, lookup)
    _ensure_chain(document)
    _ensure_no_weights(document)
    tree, lines = ast.parse(cell.code), cell.code.splitlines()
    network = class_of(tree, cell.class_name)
    made = _made(network, lines)
    owner = {line: node for node, (first, last) in cell.lines.items() for line in range(first, last + 1)}
    written = lines[: network.lineno - 1]
    while not written[-1].strip():
        written.pop()
    if not any(line == "from torch import nn" for line in written):
        written.append("from torch import nn")
    written += ["", "model = nn.Sequential("]
    places: dict[str, tuple[int, int]] = {}
    for statement in method_of(network, "forward").body[:-1]:
        text, line = _layer(statement, made, lines)
        comment = lines[(statement.end_lineno or statement.lineno) - 1].partition("  # ")[2]
        first = len(written) + 1
        written += with_comment(f"    {text},", comment).splitlines()
        node = owner.get(line)
        if node is not None:
            places[node] = (places.get(node, (first, 0))[0], len(written))
    code = "\n".join([*_needed(written), ")"]) + "\n"
    removed = len(written) + 1 - len(code.splitlines())
    places = {node: (first - removed, last - removed) for node, (first, last) in places.items()}
    return moved(cell, code, places).model_copy(update={"class_name": "Sequential", "names": {}})


def _ensure_chain(document: Document) -> None:
    topology = Topology.of(document)
    for node in topology.order:
        above, below = topology.sources(node), topology.targets(node)
        next_ones = [key for key in below if document.nodes[key].kind != "metric"]
        if len(above) > 1 or len(next_ones) > 1:
            what = f"takes {len(above)} branches" if len(above) > 1 else f"leads to {len(next_ones)} branches"
            raise refuse(
                f"The graph is no chain: {name_of(document, node)} {what}, and nn.Sequential calls one layer after the "
                "other.",
                _WAY_OUT,
            )


def _ensure_no_weights(document: Document) -> None:
    settings = (node.params.get("weights") for node in document.nodes.values() if node.kind.endswith("_output"))
    file = next(filter(None, settings), None)
    if file:
        raise refuse(
            f"The network begins with the weights of {file!r}, which are kept by the names of layers; those of an "
            "nn.Sequential are numbers.",
            "Take the form “module”, or empty “Weights to begin with” at the output.",
        )


def _made(network: ast.ClassDef, lines: list[str]) -> Mapping[str, tuple[str, int]]:
    """Return the call that makes each layer, and its line."""
    made: dict[str, tuple[str, int]] = {}
    for statement in method_of(network, "__init__").body:
        if changed_attributes(statement, "self"):
            raise _no_module((segment(lines, statement)).partition("\n")[0])
        match statement:
            case ast.Assign(targets=[ast.Attribute(attr=name)], value=ast.Call() as call):
                made[name] = (segment(lines, call), statement.lineno)
    return made


def _layer(statement: ast.stmt, made: Mapping[str, tuple[str, int]], lines: list[str]) -> tuple[str, int]:
    """Return the module that does what a step of ``forward`` does, and the line that is responsible for it."""
    match statement:
        case ast.Assign(
            targets=[ast.Name()],
            value=ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name), args=[ast.Name()], keywords=[]),
        ) if name in made:
            text, line = made[name]
            return "\n".join(part.removeprefix("    ") for part in text.splitlines()), line
        case ast.Assign(targets=[ast.Name()], value=ast.Call(args=[ast.Name(), *others], keywords=keywords) as call):
            function = segment(lines, call.func)
            module = _modules().get(function)
            if function == "F.pad" and keywords:
                module = "nn.ConstantPad2d"
            if module is not None:
                parts: list[ast.expr | ast.keyword] = [*others, *keywords]
                arguments = [segment(lines, part) for part in parts]
                return f"{module}({', '.join(arguments)})", statement.lineno
    text = segment(lines, statement)
    raise _no_module(text.partition("\n")[0])


def _no_module(text: str) -> CodeError:
    return refuse(f"nn.Sequential has no layer that does “{text}”.", _WAY_OUT)


@cache
def _modules() -> Mapping[str, str]:
    """Return the modules that do the same as functions, by what the cell calls both: ``F.relu`` and ``nn.ReLU``."""
    found = {"F.pad": "nn.ZeroPad2d", "torch.flatten": "nn.Flatten"}
    for spec in catalog.values():
        module = next(
            (name for name in spec.aliases if name.startswith("torch.nn.") and ".functional." not in name), None
        )
        if spec.style == "function" and module:
            found[as_imported(spec.target)] = as_imported(module)
    return found


def _needed(lines: list[str]) -> list[str]:
    """Leave out the imports that only functions needed."""
    text = "\n".join(line for line in lines if not line.startswith(("import ", "from ")))
    unused = {
        line
        for line, name in (("import torch", "torch."), ("import torch.nn.functional as F", "F."))
        if name not in text
    }
    return [line for line in lines if line not in unused]
