"""How much of timm can be drawn and becomes code that gives the same; the last line is JSON.

Of every family (the models of one of timm's files whose names are alike up to the first number) the smallest model is
made with random weights, drawn by ``Architecture.from_module``, written as code, and run with the same weights on the
same two images, as small as it takes them. Each runs in a process of its own, with a limit of time and memory. What is
known is kept in a file, one line a model, so that a run goes on where it was ended; ``--again`` tries those anew that
failed.

``--parameters N`` passes over families whose smallest model has more than N million, ``--models N`` ends after N more,
``--only WORD`` takes models whose name has the word.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import re
import resource
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import torch
from support.tracing import timm_round_trip

import patholearn_lab  # noqa: F401  (lets torchvision load everywhere)
from patholearn_lab.graph.zoo import Network, find

LEAST_SIDE = 64
"""Pixels: on smaller images, a deep network's last layers see one pixel, and much that is wrong would look the same."""


def families() -> dict[str, tuple[Network, int]]:
    """Return the smallest model of every family, with how many models the family has, small ones first."""
    import timm
    from timm.models import is_model_in_modules

    files = timm.list_modules()
    found: dict[tuple[str, str], list[tuple[int, str]]] = {}
    known: dict[str, Network] = {}
    for name in timm.list_models():
        network = find("timm", name)
        if network is not None:
            known[name] = network
            file = next(file for file in files if is_model_in_modules(name, [file]))
            stem = re.sub(r"\d.*", "", name)
            found.setdefault((file, stem), []).append((network.parameters, name))
    smallest = sorted((*min(models), len(models)) for models in found.values())
    return {name: (known[name], count) for _, name, count in smallest}


def side_of(network: Network) -> int:
    """Return the side of the smallest square image of `LEAST_SIDE` or more that a network takes."""
    if not network.step:
        return network.height
    steps = max(0, -(-(LEAST_SIDE - network.least) // network.step))
    return network.least + steps * network.step


def tried(name: str, side: int, seconds: int, megabytes: int) -> dict[str, Any]:
    """Do the round trip of a model in a process of its own."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=_child, args=(sender, name, side, megabytes))
    start = time.monotonic()
    child.start()
    sender.close()
    outcome: dict[str, Any] = {"ok": False, "problem": f"took longer than {seconds} s"}
    if receiver.poll(seconds):
        try:
            outcome = receiver.recv()
        except EOFError:
            outcome = {"ok": False, "problem": f"needs more than {megabytes:,} MB, or crashed"}
    child.kill()
    child.join()
    return {"name": name, "side": side, "seconds": round(time.monotonic() - start, 1), **outcome}


def _child(sender: Connection, name: str, side: int, megabytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (megabytes * 1_000_000,) * 2)
    trip = timm_round_trip(name, side)
    problem = trip.problem or ("" if trip.equal else f"differs by {trip.difference:.2g} of {trip.largest:.2g}")
    sender.send({"ok": trip.equal, "nodes": trip.nodes, "blocks": len(trip.blocks), "problem": problem})


def main() -> None:
    """Try what is not known yet, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--parameters", type=int, default=60, help="the largest model, in million parameters")
    parser.add_argument("--models", type=int, default=None, help="end after so many more")
    parser.add_argument("--only", default="", help="models whose name has this word")
    parser.add_argument("--again", action="store_true", help="try those again that failed")
    parser.add_argument("--seconds", type=int, default=120, help="the most time for one model")
    parser.add_argument("--megabytes", type=int, default=12_000, help="the most memory for one model")
    parser.add_argument("--known", type=Path, default=Path("build/timm_zoo.jsonl"), help="what is known so far")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    every = families()
    wanted = [name for name, (network, _) in every.items() if network.parameters <= arguments.parameters * 1e6]
    wanted = [name for name in wanted if arguments.only in name]
    arguments.known.parent.mkdir(parents=True, exist_ok=True)
    known: dict[str, dict[str, Any]] = {}
    if arguments.known.exists():
        for line in arguments.known.read_text().splitlines():
            known[json.loads(line)["name"]] = json.loads(line)
    if arguments.again:
        known = {name: outcome for name, outcome in known.items() if outcome["ok"]}
    for name in [name for name in wanted if name not in known][: arguments.models]:
        known[name] = outcome = tried(name, side_of(every[name][0]), arguments.seconds, arguments.megabytes)
        with arguments.known.open("a") as file:
            file.write(json.dumps(outcome) + "\n")
        said = "equal" if outcome["ok"] else str(outcome["problem"]).partition("\n")[0]
        print(f"{name:<36} {outcome['side']:4} px {outcome['seconds']:6} s  {said}", flush=True)
    done = {name: known[name] for name in wanted if name in known}
    for name, outcome in done.items():
        if not outcome["ok"]:
            print(f"not equal: {name}: {outcome['problem']}")
    print(
        json.dumps(
            {
                "timm_total": len(done),
                "timm_ok": sum(outcome["ok"] for outcome in done.values()),
                "timm_families": len(every),
                "timm_too_large": len(every) - len(wanted) if not arguments.only else None,
                "timm_not_tried": len(wanted) - len(done),
                "timm_models_of_these_families": sum(every[name][1] for name in done),
                "parameters_limit": arguments.parameters * 1_000_000,
            }
        )
    )


if __name__ == "__main__":
    main()
