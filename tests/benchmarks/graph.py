"""How quick and how right graphs and their code are; the last line is JSON.

Times are medians, in milliseconds, of graphs of 50 and 500 nodes; the CPU time and the least time are printed beside
each, because a busy machine shows in the median first. ``check_ms``: shapes, costs and issues; ``emit_ms``: the cell;
``parse_ms``: the cell read back. ``roundtrip``: random graphs over every kind, to code and back to the same document.
``executed``: cells of random graphs run on real tensors; every shape that a step of ``forward`` gives is compared with
the predicted one. ``zoo``: torchvision's classification models drawn, emitted and run with the same weights.
``edits``: the table of hand-written edits.

``--zoo N`` takes only the first N models, ``--cases N`` only N random graphs.
"""

from __future__ import annotations

import argparse
import ast
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import torch
from support.edits import count_edits
from support.tracing import zoo, zoo_round_trip

from patholearn_lab.codegen import emit_cell, read_graph
from patholearn_lab.graph.check import check
from patholearn_lab.graph.document import Document
from patholearn_lab.testing.graphs import SETS, input_shapes, random_graph, random_lookup

RUNS = 15
BATCH = 3


def sized(nodes: int) -> Document:
    """Return a random graph of exactly so many nodes, the first in the order of seeds."""
    for seed in range(1_000_000):
        random = Random(seed)
        document = random_graph(random, SETS, layers=nodes - 5 - random.randint(0, nodes // 12))
        if len(document.nodes) == nodes:
            return document
    raise SystemExit(f"no random graph of {nodes} nodes")


def milliseconds(what: str, call: Callable[[], object]) -> float:
    """Return the median time of a call."""
    call()
    times, used = [], []
    for _ in range(RUNS):
        start, begun = time.perf_counter(), time.process_time()
        call()
        times.append((time.perf_counter() - start) * 1_000)
        used.append((time.process_time() - begun) * 1_000)
    median, busy = statistics.median(times), statistics.median(used)
    least = f"{min(times):.2f} to {max(times):.2f}"
    print(f"{what:<32} median {median:8.2f} ms ({busy:.2f} ms of CPU), {least}", flush=True)
    return round(median, 2)


def times() -> dict[str, float]:
    """Measure the check, the cell and its reading."""
    figures: dict[str, float] = {}
    for nodes in (50, 500):
        document = sized(nodes)
        cell = emit_cell(document, random_lookup)
        calls: dict[str, Callable[[], object]] = {
            "check": lambda document=document: check(document, random_lookup),
            "emit": lambda document=document: emit_cell(document, random_lookup),
            "parse": lambda document=document, cell=cell: read_graph(cell.code, document, random_lookup),
        }
        for name, call in calls.items():
            figures[f"{name}_ms_{nodes}"] = milliseconds(f"{name}, {nodes} nodes", call)
    return figures


def round_trips(cases: int) -> dict[str, int]:
    """Count the random graphs that come back from their code as they were."""
    equal = 0
    for seed in range(cases):
        document = random_graph(Random(seed), SETS)
        read = read_graph(emit_cell(document, random_lookup).code, document, random_lookup)
        same = read.document == document and not read.issues
        equal += same
        if not same:
            print(f"random graph {seed} does not come back: {[issue.message for issue in read.issues][:1]}")
    print(f"{equal} of {cases} random graphs come back from their code", flush=True)
    return {"roundtrip_cases": cases, "roundtrip_equal": equal}


def executed(cases: int) -> dict[str, int]:
    """Run cells on real tensors, and count the steps whose shape is not the predicted one."""
    torch.manual_seed(0)
    compared = mismatches = 0
    for seed in range(cases):
        document = random_graph(Random(10_000 + seed), SETS)
        facts = check(document, random_lookup).nodes
        cell = emit_cell(document, random_lookup)
        uses = read_graph(cell.code, document, random_lookup).uses
        given = shapes_by_line(cell.code, cell.class_name, document)
        for node, (first, last) in uses.items():
            found = [shape for line, shape in given if first <= line <= last]
            predicted = next(iter(facts[node].outputs.values()), None)
            if (
                found
                and predicted is not None
                and document.nodes[node].kind not in ("dataset", "classification_output")
            ):
                compared += 1
                if found[-1] != (BATCH, *predicted):
                    mismatches += 1
                    print(f"graph {seed}, {node}: {predicted} was predicted, it is {found[-1]}")
    print(f"{cases} cells ran; {compared} shapes were compared, {mismatches} differ", flush=True)
    return {"executed_cases": cases, "shapes_compared": compared, "shape_mismatches": mismatches}


def shapes_by_line(code: str, class_name: str, document: Document) -> list[tuple[int, tuple[int, ...]]]:
    """Run a cell on random images, and return what each line of ``forward`` assigned."""
    tree = ast.parse(code)
    network = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == class_name)
    forward = next(node for node in network.body if isinstance(node, ast.FunctionDef) and node.name == "forward")
    watched: list[ast.stmt] = []
    for statement in forward.body:
        watched.append(statement)
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        name = target.elts[0] if isinstance(target, ast.Tuple) else target
        if isinstance(name, ast.Name):
            watched += ast.parse(f"SEEN.append(({statement.lineno}, tuple({name.id}.shape)))").body
    forward.body = watched
    seen: list[tuple[int, tuple[int, ...]]] = []
    space: dict[str, Any] = {"SEEN": seen, "__name__": "cell"}
    exec(compile(ast.fix_missing_locations(tree), "<cell>", "exec"), space)
    shape = random_lookup(str(document.nodes["data"].params["dataset"]))
    assert shape is not None
    scores = space["model"](*(torch.rand(BATCH, *size) for size in input_shapes(document)))
    assert tuple(scores.shape) == (BATCH, len(shape.classes))
    return seen


def models(most: int | None) -> dict[str, int]:
    """Draw, emit and run torchvision's classification models."""
    names = list(zoo())[:most]
    equal = blocks = 0
    for name in names:
        trip = zoo_round_trip(name)
        equal += trip.equal
        blocks += bool(trip.blocks)
        outcome = "equal" if trip.equal else trip.problem.partition("\n")[0] or f"differs by {trip.difference:.2g}"
        print(f"{name:<24} {trip.nodes:5} nodes, {len(trip.blocks)} blocks, {outcome}", flush=True)
    return {"zoo_total": len(names), "zoo_ok": equal, "zoo_with_blocks": blocks}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--zoo", type=int, default=None, help="only the first so many models")
    parser.add_argument("--cases", type=int, default=1_000, help="random graphs of the round trip")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    figures = times() | round_trips(arguments.cases) | executed(max(1, arguments.cases // 4)) | count_edits()
    print(json.dumps(figures | models(arguments.zoo)))


if __name__ == "__main__":
    main()
