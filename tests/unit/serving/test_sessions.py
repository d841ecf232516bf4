from __future__ import annotations

import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from patholearn_lab.errors import ModelNotFoundError
from patholearn_lab.serving.sessions import Recent, open_session


def test_the_one_used_longest_ago_goes() -> None:
    recent: Recent[str] = Recent(2)
    made: list[str] = []

    def get(key: str) -> str:
        return recent.get(key, lambda: made.append(key) or key)  # type: ignore[func-returns-value]

    for key in ("a", "b", "a", "c", "a", "b"):
        get(key)
    assert made == ["a", "b", "c", "b"]
    assert len(recent) == 2


def test_what_many_ask_for_at_once_is_made_once() -> None:
    recent: Recent[object] = Recent(4)
    barrier = threading.Barrier(8)
    made: list[object] = []

    def make() -> object:
        made.append(object())
        return made[-1]

    def ask(_: int) -> object:
        barrier.wait(10)
        return recent.get("key", make)

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(ask, range(8)))
    assert answers == set(made)
    assert len(made) == 1


def test_a_slow_one_does_not_keep_others_waiting() -> None:
    recent: Recent[str] = Recent(4)
    started, may_end = threading.Event(), threading.Event()

    def slow() -> str:
        started.set()
        assert may_end.wait(10)
        return "slow"

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(recent.get, "slow", slow)
        assert started.wait(10)
        assert recent.get("quick", lambda: "quick") == "quick"
        may_end.set()
        assert answer.result(10) == "slow"


def test_after_a_failure_it_is_tried_again() -> None:
    recent: Recent[str] = Recent(4)

    def fail() -> str:
        raise OSError("broken")

    with pytest.raises(OSError, match="broken"):
        recent.get("key", fail)
    assert recent.get("key", lambda: "whole") == "whole"


def test_a_damaged_network_is_named(tmp_path: Path) -> None:
    network = tmp_path / "lenet" / "3" / "model.onnx"
    network.parent.mkdir(parents=True)
    network.write_bytes(b"no network")
    with pytest.raises(ModelNotFoundError, match="'lenet' version 3 cannot be opened"):
        open_session(network)


class Bomb:
    """Unpickling it leaves a file."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.target,))


def test_opening_a_model_never_unpickles(tmp_path: Path) -> None:
    network, trace = tmp_path / "lenet" / "1" / "model.onnx", tmp_path / "exploded"
    network.parent.mkdir(parents=True)
    network.write_bytes(pickle.dumps(Bomb(trace)))
    with pytest.raises(ModelNotFoundError):
        open_session(network)
    assert not trace.exists()
    pickle.loads(network.read_bytes())
    assert trace.exists()
