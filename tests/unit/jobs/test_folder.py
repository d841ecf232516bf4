from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from patholearn_lab.jobs.folder import RunFolder, StopRequest, plain_json


def test_a_new_run_folder_is_queued_and_has_room_for_code_and_checkpoints(folder: RunFolder) -> None:
    assert folder.state == "queued"
    assert folder.spec()["payload"] == {"to": 3}
    assert sorted(path.name for path in folder.path.iterdir()) == ["checkpoints", "code", "spec.json", "state.jsonl"]


def test_a_transition_that_is_not_allowed_is_refused_and_not_written(folder: RunFolder) -> None:
    assert not folder.move_to("running")
    assert folder.move_to("preparing")
    assert not folder.move_to("cancelled", only_from="queued")
    assert [step["state"] for step in folder.transitions()] == ["queued", "preparing"]


def test_only_one_of_many_starters_wins(folder: RunFolder) -> None:
    won: list[bool] = []
    threads = [threading.Thread(target=lambda: won.append(folder.move_to("preparing"))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 11 + [True]


def test_half_a_line_of_a_writer_that_died_is_overwritten(folder: RunFolder) -> None:
    with folder.states.open("ab") as file:
        file.write(b'{"seq":2,"state":"prep')
    assert folder.state == "queued"
    assert folder.move_to("cancelled", "Stopped on request.")
    assert [(step["seq"], step["state"]) for step in folder.transitions()] == [(1, "queued"), (2, "cancelled")]


def test_a_folder_is_watched_exactly_while_its_heartbeat_is_held(folder: RunFolder) -> None:
    assert not folder.is_watched()
    with folder.watched():
        assert folder.is_watched()
    assert not folder.is_watched()


def test_a_supervisor_on_another_machine_counts_while_it_touches_its_heartbeat(folder: RunFolder) -> None:
    import os

    heartbeat = folder.path / "heartbeat"
    heartbeat.write_text('{"pid": 1, "host": "another-machine", "since": ""}')
    assert folder.is_watched()
    os.utime(heartbeat, (0, 0))
    assert not folder.is_watched()


def test_asking_to_stop_leaves_the_reason(folder: RunFolder) -> None:
    assert not folder.asked_to_stop
    folder.ask_to_stop(StopRequest("Genug für heute."))
    assert folder.asked_to_stop
    assert folder.stop_reason() == "Genug für heute."


def test_what_is_not_there_yet_is_none(folder: RunFolder) -> None:
    assert folder.progress() is folder.result() is folder.error() is folder.environment() is None
    assert not folder.has_outcome


def test_numbers_that_are_not_finite_become_none_and_numpy_becomes_plain() -> None:
    value = {"a": float("nan"), "b": np.float32(0.5), "c": np.arange(2), "d": Path("x/y"), 5: (True, None)}
    assert plain_json(value) == {"a": None, "b": 0.5, "c": [0, 1], "d": "x/y", "5": [True, None]}


def test_a_value_without_a_json_form_is_refused_by_its_type() -> None:
    with pytest.raises(TypeError, match="type object cannot be written as JSON"):
        plain_json({"a": [object()]})
