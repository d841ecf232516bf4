"""Measuring the images of a set in a thread: it is told on, stopped, begun again, and says why it failed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.archives import sound

from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.datasets.measures import Measures
from patholearn_lab.paths import DataPaths
from patholearn_lab.services.measuring import Measuring
from patholearn_lab.testing.waiting import eventually


class Watched:
    """Measuring of one set whose reading waits until the test lets it go on."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        paths = DataPaths(root)
        paths.ensure()
        datasets = DatasetLibrary(paths)
        archive = root / "tiles.zip"
        archive.write_bytes(sound())
        datasets.import_archive(archive, "tiles")
        self.events: list[dict[str, Any]] = []
        self.go_on = threading.Event()
        self.measuring = Measuring(paths, datasets, lambda topic, data: self.events.append({"topic": topic, **data}))
        kept = Measures.kept.__func__  # type: ignore[attr-defined]

        def waiting(cls: type[Measures], *arguments: Any) -> Measures:
            self.go_on.wait(20)
            return kept(cls, *arguments)  # type: ignore[no-any-return]

        monkeypatch.setattr(Measures, "kept", classmethod(waiting))

    @property
    def state(self) -> str:
        return self.measuring.find("tiles").state


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    watched = Watched(tmp_path, monkeypatch)
    yield watched
    watched.go_on.set()
    watched.measuring.close()


def test_a_set_is_measured_once_and_everybody_is_told(watched: Watched) -> None:
    assert watched.state == "open"
    began = watched.measuring.begin("tiles")
    assert (began.state, began.progress and began.progress.total) == ("measuring", 24)
    assert watched.measuring.begin("tiles").state == "measuring"  # not a second time
    watched.go_on.set()
    eventually(lambda: watched.state == "measured", 20, what="the measures")
    eventually(lambda: watched.events[-1]["state"] == "measured", 20, what="the last event")
    assert {event["topic"] for event in watched.events} == {"measuring.tiles"}
    assert [event["state"] for event in watched.events].count("measured") == 1


def test_measuring_that_is_stopped_keeps_nothing_and_can_begin_again(watched: Watched) -> None:
    watched.measuring.begin("tiles")
    assert watched.measuring.stop("tiles").state == "open"
    watched.go_on.set()
    eventually(lambda: watched.events and watched.events[-1]["state"] == "open", 20, what="the end")
    assert watched.state == "open"
    watched.measuring.begin("tiles")
    eventually(lambda: watched.state == "measured", 20, what="the measures")


def test_what_nobody_expected_is_said_and_can_be_tried_again(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> Measures:
        raise OSError("the disk is gone")

    with monkeypatch.context() as patch:
        patch.setattr(Measures, "kept", broken)
        watched.measuring.begin("tiles")
        eventually(lambda: watched.state == "failed", 20, what="the failure")
    error = watched.measuring.find("tiles").error
    assert error
    assert "the disk is gone" in error["message"]
    assert "could not be measured" in caplog.text
    watched.go_on.set()
    watched.measuring.begin("tiles")
    eventually(lambda: watched.state == "measured", 20, what="the measures")
