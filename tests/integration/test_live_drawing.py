"""A drawing that two kernels have open at once, on a real server with jupyter-collaboration."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from support.graphs import GOLDEN
from support.jupyter_server import JupyterServer

from patholearn_lab.client.live import LiveArchitecture
from patholearn_lab.errors import NotFoundError
from patholearn_lab.graph.document import write_document
from patholearn_lab.testing.waiting import eventually
from patholearn_lab.widgets.architecture_editor import ArchitectureEditor

pytestmark = pytest.mark.server


def drawing_in(folder: Path) -> Path:
    return Path(shutil.copy(GOLDEN / "documents" / "lenet5.arch.json", folder / "ours.arch.json"))


class Recorder(ArchitectureEditor):
    """An editor whose messages are kept."""

    def __init__(self, file: Path) -> None:
        self.sent: list[dict[str, Any]] = []
        super().__init__("lenet5", file=file)

    def send(self, content: Any, buffers: Any = None) -> None:
        self.sent.append(content)


def test_two_kernels_and_an_editor_change_one_drawing_and_each_undoes_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_soon = ("--YDocExtension.document_save_delay=0.1",)
    with JupyterServer.started(tmp_path / "work", tmp_path / "data", options=save_soon, shared=True) as server:
        file = drawing_in(server.root_dir)
        mine = LiveArchitecture(file, server.url, server.token)
        theirs = LiveArchitecture(file, server.url, server.token)
        heard: list[str] = []
        mine.observe(lambda document: heard.append(document.nodes["conv_2"].note))

        mine.set("conv_1", out_channels=9)
        eventually(lambda: theirs.document.nodes["conv_1"].params["out_channels"] == 9, what="my change")
        theirs.rename("conv_2", "second")
        eventually(lambda: "second" in heard, what="the other's change")
        assert theirs.undo()
        assert not theirs.undo()
        assert theirs.redo()
        assert mine.undo()
        eventually(lambda: theirs.document == mine.document, what="the same drawing in both")
        assert mine.document.nodes["conv_1"].params["out_channels"] == 6
        assert mine.document.nodes["conv_2"].note == "second"
        asked = mine.comment("conv_1", "Why 6 filters?")
        eventually(lambda: theirs.comments("conv_1"), what="my comment")
        theirs.resolve_comment(asked)
        eventually(lambda: mine.comments(resolved=True), what="that it is resolved")
        eventually(lambda: file.read_text() == write_document(mine.document), what="the file")

        # An editor over the file draws with them, and what they do is told to its views.
        monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(server.runtime_dir))
        editor = Recorder(file)
        filters = {"op": "setParams", "id": "conv_1", "params": {"out_channels": 11}}
        editor._handle_custom_msg({"operations": [filters], "ticket": 1}, [])
        eventually(lambda: theirs.document.nodes["conv_1"].params["out_channels"] == 11, what="the view's change")
        assert [message.get("ticket") for message in editor.sent] == [1]
        theirs.rename("conv_1", "first")
        eventually(
            lambda: any(
                "document" in told and told["document"]["nodes"]["conv_1"]["note"] == "first" for told in editor.sent
            ),
            what="a message to the views",
        )
        editor.close()
        # A drawing that is new is written first, so that there is something to join.
        begun = Recorder(server.root_dir / "new.arch.json")
        assert isinstance(begun.architecture, LiveArchitecture)
        assert begun.document.meta.name == "LeNet-5"
        begun.close()
        (server.root_dir / "new.arch.json").unlink()

        with pytest.raises(NotFoundError, match="in the server's folder"):
            LiveArchitecture(drawing_in(tmp_path), server.url, server.token)
        mine.close()
        theirs.close()
        assert {path.name for path in server.root_dir.iterdir()} == {"ours.arch.json"}
        assert (server.data_dir / "collaboration" / "changes.sqlite").exists()


def test_a_server_that_does_not_share_says_so(jupyter_server: JupyterServer) -> None:
    with pytest.raises(NotFoundError, match="does not share documents"):
        LiveArchitecture(drawing_in(jupyter_server.root_dir), jupyter_server.url, jupyter_server.token)
