"""The editor in a real Chromium: how soon a dropped node has its shape, and how smoothly 500 nodes move.

Run it from the project's folder, after ``make build``: ``.venv/bin/python tests/benchmarks/editor.py``. It starts a
JupyterLab of its own and ends it again. Frames are counted with ``requestAnimationFrame`` while the mouse moves as a
hand does; without a graphics card Chromium paints with the processor, so other work shows in the figures.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import CDPSession, Page, sync_playwright

PROJECT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(PROJECT / "tests"))

from support.jupyter_server import JupyterServer  # noqa: E402  (the tests are no package)

from patholearn_lab.graph.document import Document, Edge, Meta, Node, write_document  # noqa: E402

NODES = 500
DROPS = 30
EDITS = 1_000
BUNDLE = PROJECT / "patholearn_lab" / "widgets" / "static" / "architecture-editor.js"
FRAMES = """seconds => new Promise(done => {
  let frames = 0;
  const begin = performance.now();
  const step = now => {
    frames += 1;
    if (now - begin >= seconds * 1000) done(frames / ((now - begin) / 1000));
    else requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})"""
CARD_TEXTS = """() => {
  window.painted = [];
  const write = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
    window.painted.push(text);
    return write.call(this, text, ...rest);
  };
}"""
DROP = """text => {
  const editor = document.querySelector('.plab-document:not(.lm-mod-hidden) .plab-editor');
  return new Promise(done => {
    const begin = performance.now();
    const look = () => {
      if (window.painted.includes(text)) done(performance.now() - begin);
      else if (performance.now() - begin > 5000) done(-1);
      else requestAnimationFrame(look);
      window.painted.length = 0;
    };
    editor.addEventListener('pointerup', () => requestAnimationFrame(look), {once: true, capture: true});
  });
}"""


def ladder(count: int) -> Document:
    """Return a network of `count` nodes with ports: columns of convolutions and activations, one behind the other."""
    nodes = {"data": Node(kind="dataset", params={"dataset": "he_tissue"}, x=0, y=-120)}
    edges: dict[str, Edge] = {}
    last, port = "data", "images"
    for number in range(count - 1):
        kind = "conv2d" if number % 2 == 0 else "relu"
        key = f"{'conv' if kind == 'conv2d' else 'relu'}_{number}"
        params = {"out_channels": 8, "same_padding": True} if kind == "conv2d" else {}
        nodes[key] = Node(kind=kind, params=params, x=260 * (number // 25), y=120 * (number % 25))
        edges[f"e{number + 1}"] = Edge(source=last, source_port=port, target=key, target_port="input")
        last, port = key, "output"
    return Document(nodes=nodes, edges=edges, meta=Meta(id=f"ladder{count}", name=f"{count} nodes"))


@contextmanager
def opened_lab() -> Iterator[tuple[JupyterServer, Page]]:
    """Give a JupyterLab with the documents of the benchmark, and a page on it."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        work = Path(folder) / "work"
        work.mkdir()
        for name, document in (("large", ladder(NODES)), ("small", ladder(2))):
            (work / f"{name}.arch.json").write_text(write_document(document), encoding="utf-8")
        options = ("--LabApp.expose_app_in_browser=True",)
        with JupyterServer.started(work, Path(folder) / "data", app="lab", options=options) as server:
            flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--js-flags=--expose-gc"]
            browser = playwright.chromium.launch(executable_path=chromium, args=flags)
            context = browser.new_context(viewport={"width": 1600, "height": 1000})
            context.add_init_script("localStorage.setItem('patholearn-tour', 'seen')")
            page = context.new_page()
            page.goto(f"{server.url}lab?token={server.token}&reset")
            page.wait_for_function("() => window.jupyterapp?.restored", timeout=60_000)
            page.evaluate("() => window.jupyterapp.restored")
            yield server, page
            browser.close()


def open_document(page: Page, name: str) -> float:
    """Open a document and return the milliseconds until its cards are painted. The editor's code may be loaded."""
    return float(
        page.evaluate(
            """async name => {
              const begin = performance.now();
              await window.jupyterapp.commands.execute('docmanager:open', {path: name});
              const find = () => document.querySelector(
                '.lm-DockPanel-widget:not(.lm-mod-hidden) .plab-editor .plab-canvas[data-view]');
              while (!find()) await new Promise(requestAnimationFrame);
              await new Promise(requestAnimationFrame);
              return performance.now() - begin;
            }""",
            f"{name}.arch.json",
        )
    )


def canvas_box(page: Page) -> tuple[float, float, float, float]:
    """Return left, top, width and height of the visible canvas."""
    box = page.locator(".lm-DockPanel-widget:not(.lm-mod-hidden) .plab-canvas").bounding_box()
    assert box is not None, "there is no canvas to be seen"
    return box["x"], box["y"], box["width"], box["height"]


def frames_while(page: Page, act: Callable[[int], None], seconds: float = 3.0) -> float:
    """Return the frames per second while `act` is done over and over."""
    page.evaluate(f"() => {{ window.frames_ = ({FRAMES})({seconds}); }}")
    end, turn = time.perf_counter() + seconds, 0
    while time.perf_counter() < end:
        act(turn)
        turn += 1
    return float(page.evaluate("() => window.frames_"))


def whole_view(page: Page) -> tuple[float, float, float]:
    """Show all and return zoom and pan when the view, which glides there, has come to rest."""
    canvas, seen = page.locator(".plab-canvas").last, ""
    page.keyboard.press("f")
    page.wait_for_timeout(300)
    while (view := canvas.get_attribute("data-view") or "") != seen:
        seen = view
        page.wait_for_timeout(200)  # an animation has no event to wait for
    zoom, pan_x, pan_y = map(float, view.split())
    return zoom, pan_x, pan_y


def smoothness(page: Page) -> dict[str, float]:
    """Return the frames per second of a pan, a wheel zoom and a drag of one card among all."""
    left, top, width, height = canvas_box(page)
    middle = (left + width / 2, top + height / 2)
    mouse = page.mouse
    page.locator(".lm-DockPanel-widget:not(.lm-mod-hidden) .plab-editor").focus()
    zoom, pan_x, pan_y = whole_view(page)
    mouse.move(left + 6, top + height - 6)
    mouse.down()
    pan = frames_while(page, lambda turn: mouse.move(left + 6 + 40 * (turn % 2), top + height - 6 - turn % 40))
    mouse.up()
    mouse.move(*middle)
    wheel = frames_while(page, lambda turn: mouse.wheel(0, 120 if turn // 8 % 2 else -120))
    assert whole_view(page) == (zoom, pan_x, pan_y), "the card is not where it was"
    x, y = left + pan_x + 260 * 9 * zoom, top + pan_y + 120 * 12 * zoom
    mouse.move(x, y)
    mouse.down()
    drag = frames_while(page, lambda turn: mouse.move(x + 3 * (turn % 50), y + 2 * (turn % 30)))
    mouse.up()
    return {"fps_drag_500": drag, "fps_pan_500": pan, "fps_wheel_500": wheel}


def drop_to_shapes(page: Page) -> float:
    """Return the 95th percentile of the milliseconds from a drop to the new node's shape on the screen."""
    page.evaluate(CARD_TEXTS)
    left, top, *_ = canvas_box(page)
    chip = page.locator('.lm-DockPanel-widget:not(.lm-mod-hidden) .plab-chip[data-kind="conv2d"]')
    chip_box = chip.bounding_box()
    assert chip_box is not None, "there is no chip to be dragged"
    start = (chip_box["x"] + 20, chip_box["y"] + 10)
    times = []
    for _ in range(DROPS):
        # Onto the only connection: the new card has a shape that no other card has.
        view = page.locator(".lm-DockPanel-widget:not(.lm-mod-hidden) .plab-canvas").get_attribute("data-view") or ""
        zoom, pan_x, pan_y = map(float, view.split())
        page.mouse.move(*start)
        page.mouse.down()
        page.mouse.move(left + pan_x, top + pan_y - 60 * zoom, steps=4)
        page.evaluate(f"() => {{ window.dropped_ = ({DROP})('32 × 62 × 62'); }}")
        page.mouse.up()
        elapsed = float(page.evaluate("() => window.dropped_"))
        assert elapsed >= 0, "the shape never came"
        times.append(elapsed)
        page.keyboard.press("Control+z")
        page.wait_for_timeout(120)  # the check of what was taken back is answered meanwhile
    return statistics.quantiles(times, n=20)[-1]


def leak_mb(page: Page, session: CDPSession) -> float:
    """Return how many MB the page keeps after 1,000 edits that undo cannot hold (it keeps 500 steps)."""

    def edits(count: int) -> None:
        for number in range(count):
            page.keyboard.press("Alt+ArrowRight" if number % 2 else "Alt+ArrowLeft")
            if number % 20 == 0:
                page.keyboard.press("c")  # an edit of another kind, so that not all become one undo step

    def kept() -> float:
        session.send("HeapProfiler.collectGarbage")
        return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 1e6

    page.locator(".lm-DockPanel-widget:not(.lm-mod-hidden) .plab-editor").focus()
    page.keyboard.press("Control+a")
    edits(EDITS)  # fills the history and the caches
    before = kept()
    edits(EDITS)
    page.wait_for_timeout(500)
    return kept() - before


def main() -> None:
    """Print a table, and one JSON object as the last line."""
    figures: dict[str, float] = {}
    with opened_lab() as (_, page):
        open_document(page, "small")  # loads the editor's code
        figures["drop_to_shapes_p95_ms"] = drop_to_shapes(page)
        session = page.context.new_cdp_session(page)
        figures["leak_mb_per_1000_edits"] = leak_mb(page, session)
        figures["open_500_ms"] = open_document(page, "large")
        figures |= smoothness(page)
    figures["bundle_kb"] = BUNDLE.stat().st_size / 1000
    figures["load"] = os.getloadavg()[0]
    bounds = {
        "drop_to_shapes_p95_ms": "< 100",
        "fps_drag_500": ">= 50",
        "fps_pan_500": ">= 50",
        "fps_wheel_500": ">= 50",
        "open_500_ms": "< 1500",
        "leak_mb_per_1000_edits": "< 5",
        "bundle_kb": "<= 900",
        "load": "",
    }
    for name, bound in bounds.items():
        print(f"{name:<24}{figures[name]:>10.1f}  {bound}")
    print(json.dumps({name: round(value, 2) for name, value in figures.items()}))


if __name__ == "__main__":
    main()
