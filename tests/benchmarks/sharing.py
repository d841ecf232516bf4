"""How soon five people see what one of them does, and whether anything is lost: real Chromium, a real server.

    python tests/benchmarks/sharing.py

The ten events are those of PathoLearn's own measurement: a layer and a setting are taken and let go, a setting changes,
a layer is dragged, made and removed, a connection is made and removed. They follow each other at once, every second:
its pace (thesis, A.14.2), where it stands for several people who change something at the same moment. There, each
client was a computer of its own; here all five pages, the browser that paints them and the server share one machine,
so that the processor's work for an event is printed beside the times. All pages are visible and paint: Chromium slows
down what is hidden, and nobody is shown what is not painted. The server runs with the settings that people get.
Times are one-way, from the call in one browser to the changed drawing in another.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))
from support.jupyter_server import JupyterServer

from patholearn_lab.testing.waiting import eventually

GOLDEN = Path(__file__).parent.parent / "golden" / "documents"
FILE = "shared.arch.json"
CLIENTS = 5
ROUNDS = 200
PAUSE_MS = 1000
OPTIONS = ("--LabApp.expose_app_in_browser=True",)
MODEL = "window.jupyterapp.shell.currentWidget.context.model.sharedModel"

WATCH = f"""() => {{
  const {{ graph, awareness, ydoc }} = {MODEL};
  const seen = (window.seen = {{}});
  const see = key => {{ seen[key] ??= performance.timeOrigin + performance.now(); }};
  let made;
  ydoc.on('afterTransaction', () => {{
    const {{ nodes, edges }} = graph.document;
    see(`control-changed:${{nodes.conv_1.params.out_channels}}`);
    see(`node-dragged:${{nodes.conv_1.x}}`);
    made = nodes.relu_99?.x ?? made;
    see(`node-${{nodes.relu_99 ? 'created' : 'removed'}}:${{made}}`);
    see(`connection-${{edges.e99 ? 'created' : 'removed'}}:${{made}}`);
  }});
  awareness.on('change', () => {{
    for (const [client, {{ drawing }}] of awareness.getStates()) {{
      if (client !== awareness.clientID && drawing?.nth) {{
        see(`${{drawing.what}}:${{drawing.nth}}`);
      }}
    }}
  }});
}}"""

ACT = f"""async ([rounds, pause]) => {{
  const {{ graph, awareness }} = {MODEL};
  const sent = {{}};
  const send = (name, nth, act) => {{
    sent[`${{name}}:${{nth}}`] = performance.timeOrigin + performance.now();
    act();
  }};
  const say = (what, nth, news) =>
    send(what, nth, () => awareness.setLocalStateField('drawing', {{ ...news, what, nth }}));
  const change = (name, nth, operation) => send(name, nth, () => graph.dispatch([operation], name));
  const node = nth => ({{ kind: 'relu', params: {{}}, x: nth, y: 0, note: '' }});
  const edge = {{ from: 'conv_1', fromPort: 'output', to: 'relu_99', toPort: 'input' }};
  for (let nth = 1001; nth <= 1000 + rounds; nth += 1) {{
    say('node-locked', nth, {{ selection: ['conv_1'] }});
    say('control-locked', nth, {{ field: {{ node: 'conv_1', param: 'out_channels', label: 'Filters' }} }});
    change('control-changed', nth, {{ op: 'setParams', id: 'conv_1', params: {{ out_channels: nth }} }});
    say('control-unlocked', nth, {{ field: null }});
    change('node-dragged', nth, {{ op: 'moveNode', id: 'conv_1', x: nth, y: 120 }});
    say('node-unlocked', nth, {{ selection: [] }});
    change('node-created', nth, {{ op: 'addNode', id: 'relu_99', node: node(nth) }});
    change('connection-created', nth, {{ op: 'addEdge', id: 'e99', edge }});
    change('connection-removed', nth, {{ op: 'removeEdge', id: 'e99' }});
    change('node-removed', nth, {{ op: 'removeNode', id: 'relu_99' }});
    await new Promise(resolve => setTimeout(resolve, pause));
  }}
  return sent;
}}"""


def opened(browser: Browser, server: JupyterServer) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.goto(f"{server.url}lab/tree/{FILE}?token={server.token}&reset")
    page.locator(".plab-document .plab-editor").wait_for(timeout=120_000)
    page.evaluate(WATCH)
    return page


def texts(pages: list[Page]) -> list[str]:
    return [page.evaluate(f"() => {MODEL}.graph.text") for page in pages]


def delivered(pages: list[Page]) -> dict[str, Any]:
    """Let the first person act, and compare what was sent with what each of the others saw."""
    first, *others = pages
    assert all(page.evaluate("() => document.visibilityState") == "visible" for page in pages)
    before = processor_s()
    sent = first.evaluate(ACT, [ROUNDS, PAUSE_MS])
    with contextlib.suppress(AssertionError):  # what is still missing then is lost, and counted so
        eventually(lambda: all(sent.keys() <= page.evaluate("() => window.seen").keys() for page in others), 20)
    spent = processor_s() - before
    seen = [page.evaluate("() => window.seen") for page in others]
    by_kind: dict[str, list[float]] = defaultdict(list)
    for key, at in sent.items():
        by_kind[key.split(":")[0]] += [times[key] - at for times in seen if key in times]
    print(f"{'event':<20} {'seen':>6} {'p50 ms':>8} {'p95 ms':>8}")
    for kind, times in by_kind.items():
        print(f"{kind:<20} {len(times):>6} {quantile(times, 50):>8.1f} {quantile(times, 95):>8.1f}")
    every = [time for times in by_kind.values() for time in times]
    return {
        "shared_clients": len(pages),
        "shared_events": len(sent),
        "shared_kinds": len(by_kind),
        "shared_p50_ms": round(quantile(every, 50), 1),
        "shared_p95_ms": round(quantile(every, 95), 1),
        "lost_events": len(sent) * len(others) - len(every),
        "diverged": len(set(texts(pages))) - 1,
        "shared_cpu_ms_per_event": round(1000 * spent / len(sent), 1),
        "load": round(os.getloadavg()[0], 1),
    }


def processor_s() -> float:
    """Return the seconds that the server and the browser have worked so far."""
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def merges_offline(server: JupyterServer, pages: list[Page]) -> bool:
    """Kill the server, let two people go on, start it again, and look whether all of it is everywhere."""
    file = server.root_dir / FILE
    # What was drawn before is saved: this is about what is drawn while the server is away.
    eventually(lambda: {file.read_text(encoding="utf-8")} == set(texts(pages)), 30)
    server.kill()
    port = int(server.url.rsplit(":", 1)[1].split("/")[0])
    for nth, page in enumerate(pages[:2]):
        added = {"op": "addNode", "id": "tanh_1", "node": {"kind": "tanh", "params": {}, "x": nth, "y": 9, "note": ""}}
        page.evaluate(f"added => {MODEL}.graph.dispatch([added], 'Add')", added)
    again = JupyterServer.started(
        server.root_dir, server.data_dir, "lab", options=OPTIONS, port=port, token=server.token, shared=True
    )
    with again, contextlib.suppress(AssertionError):
        both = {"tanh_1", "tanh_2"}
        eventually(lambda: all(both <= json.loads(text)["nodes"].keys() for text in texts(pages)), 30)
        eventually(lambda: {file.read_text(encoding="utf-8")} == set(texts(pages)), 30)
        return True
    return False


def quantile(times: list[float], percent: int) -> float:
    return statistics.quantiles(times, n=100)[percent - 1] if len(times) > 1 else float("nan")


def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        with JupyterServer.started(folder / "work", folder / "data", "lab", options=OPTIONS, shared=True) as server:
            shutil.copy(GOLDEN / "small_cnn.arch.json", server.root_dir / FILE)
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            pages = [opened(browser, server) for _ in range(CLIENTS)]
            figures = delivered(pages)
            figures["offline_merge_ok"] = merges_offline(server, pages)
            browser.close()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
