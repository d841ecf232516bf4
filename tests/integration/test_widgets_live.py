"""The widgets against a real server, with their messages sent as a view sends them."""

from __future__ import annotations

import base64
import io
import zlib
from collections.abc import Iterator
from typing import Any

import bqplot
import pytest
from PIL import Image
from support.archives import sound
from support.jupyter_server import JupyterServer

from patholearn_lab.client.http import HttpClient
from patholearn_lab.testing.waiting import eventually
from patholearn_lab.widgets.curves import LOOKS
from patholearn_lab.widgets.dataset_browser import DatasetBrowser
from patholearn_lab.widgets.predictor import Predictor
from patholearn_lab.widgets.training_panel import TrainingPanel

pytestmark = pytest.mark.server

JOB_TIMEOUT_S = 240.0


class View:
    """What a browser would be: sends calls to a widget, and collects the answers."""

    def __init__(self, widget: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self._widget = widget
        self._count = 0
        self._answers: dict[int, tuple[dict[str, Any], list[bytes]]] = {}
        monkeypatch.setattr(widget, "send", self._receive)

    def call(self, call: str, /, *, data: bytes | None = None, **args: Any) -> Any:
        """Do one call and return its result, or raise AssertionError with the error that came back."""
        self._count += 1
        number = self._count
        if data is not None:
            args["data" if call.startswith("uploads") else "image"] = {"buffer": 0}
        message = {"id": number, "call": call, "args": args}
        self._widget._handle_custom_msg(message, [] if data is None else [data])
        answer, buffers = eventually(lambda: self._answers.get(number), 60, what=f"the answer to {call}")
        assert "error" not in answer, answer
        return buffers[0] if isinstance(answer["result"], dict) and "buffer" in answer["result"] else answer["result"]

    def _receive(self, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        if "id" in content:
            self._answers[content["id"]] = (content, buffers or [])


@pytest.fixture
def client(jupyter_server: JupyterServer) -> Iterator[HttpClient]:
    with HttpClient(jupyter_server.url, jupyter_server.token) as client:
        yield client


def test_an_archive_is_uploaded_looked_at_and_deleted_over_messages(
    client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = DatasetBrowser(client=client)
    view = View(browser, monkeypatch)
    archive = sound()
    checksum = zlib.crc32(archive)
    upload = view.call("uploads.begin", file_name="tiles.zip", size=len(archive), checksum=checksum)["id"]
    assert view.call("uploads.part", id=upload, number=0, data=archive, checksum=checksum) == 0
    view.call("uploads.import_as", id=upload, dataset="widget-tiles", licence="CC0")
    eventually(lambda: view.call("uploads.get", id=upload)["state"] == "imported", what="the import")
    made = view.call("datasets.get", id="widget-tiles")
    assert made["licence"] == "CC0"
    page = view.call("datasets.samples", id="widget-tiles", class_name=made["classes"][0], limit=5)
    assert {sample["class_name"] for sample in page["samples"]} == {made["classes"][0]}
    picture = Image.open(io.BytesIO(view.call("datasets.image", id="widget-tiles", index=page["samples"][0]["index"])))
    assert picture.size == (made["width"], made["height"])
    view.call("datasets.delete", id="widget-tiles")
    assert "widget-tiles" not in [manifest["id"] for manifest in view.call("datasets.list")]
    browser.close()


def test_a_drawn_network_is_trained_watched_found_again_and_asked(
    client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.datasets.ensure("digits")
    document = client.architectures.template("lenet5", "digits")
    panel = TrainingPanel(document, client=client)
    view = View(panel.header, monkeypatch)
    assert view.call("training.read", code=None)["settings"]["DATASET"] == "digits"
    view.call("training.start", code=None, epochs=2, batch_size=64)
    eventually(lambda: (panel.header.job or {}).get("state") in {"done", "failed"}, JOB_TIMEOUT_S, what="the job's end")
    assert panel.header.job["state"] == "done", panel.header.job["error"]
    assert panel.header.job["result"]["test_metrics"]["test_accuracy"] > 0.3
    assert curves_of(panel) == {"Loss": [1, 2], "Accuracy": [1, 2]}
    assert view.call("jobs.log", id=panel.header.job["id"])["lines"] is not None

    again = TrainingPanel(document, client=client)
    assert again.header.job["id"] == panel.header.job["id"]
    eventually(lambda: curves_of(again) == {"Loss": [1, 2], "Accuracy": [1, 2]})

    predictor = Predictor(document, client=client)
    asked = View(predictor, monkeypatch)
    [model] = [model for model in asked.call("models.list") if model["graph"] == document.meta.id]
    result = asked.call("models.predict_sample", name=model["name"], version=model["version"])
    [answer] = result["answers"]
    assert result["sample"]["class_name"] == answer["truth"]
    assert answer["predicted"] in answer["classes"]
    own = asked.call("models.predict", name=model["name"], data=base64.b64decode(result["image"]))
    assert own["sample"] is None
    assert own["answers"][0]["truth"] is None
    assert sum(own["answers"][0]["probabilities"]) == pytest.approx(1, abs=1e-4)
    for widget in (panel, again, predictor):
        widget.close()


def curves_of(panel: TrainingPanel) -> dict[str, list[float]]:
    """The epochs of the train line of each figure."""
    return {
        figure.title: [x for mark in figure.marks if mark.colors == LOOKS["train"]["colors"] for x in mark.x]
        for figure in panel.curves.box.children
        if isinstance(figure, bqplot.Figure)
    }
