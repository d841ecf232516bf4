"""Events over a real server: they arrive, and who was away catches up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import websocket
from support.archives import sound
from support.jupyter_server import API, JupyterServer

from patholearn_lab.client.http import HttpClient
from patholearn_lab.services.events import MISSED, SUBSCRIBED, Event
from patholearn_lab.testing.waiting import eventually

pytestmark = pytest.mark.server


class Line:
    """A websocket of the events, spoken by hand."""

    def __init__(self, server: JupyterServer) -> None:
        self._socket = websocket.create_connection(
            f"{server.url.replace('http', 'ws', 1)}{API}/events",
            header=[f"Authorization: token {server.token}"],
            timeout=20,
        )

    def subscribe(self, topics: list[str], after: int | None = None) -> int:
        self._socket.send(json.dumps({"subscribe": topics, "after": after}))
        answer = self.receive()
        assert answer["topic"] == SUBSCRIBED
        return int(answer["seq"])

    def receive(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._socket.recv())
        return message

    def send(self, text: str) -> None:
        self._socket.send(text)

    def close_code(self) -> int:
        opcode, data = self._socket.recv_data()
        assert opcode == websocket.ABNF.OPCODE_CLOSE
        return int.from_bytes(data[:2])

    def close(self) -> None:
        self._socket.close()
        self._socket.shutdown()  # close() does nothing where the server's farewell was read: the socket stays open


@pytest.fixture
def line(jupyter_server: JupyterServer) -> Iterator[Line]:
    line = Line(jupyter_server)
    yield line
    line.close()


def make_and_delete(server: JupyterServer, id: str) -> None:
    answer = server.http.post("datasets/uploads", params={"id": id}, content=sound())
    assert answer.status_code == 201, answer.text
    assert server.http.delete(f"datasets/{id}").status_code == 204


def test_what_happens_is_told_to_who_asked_for_it(jupyter_server: JupyterServer, line: Line) -> None:
    start = line.subscribe(["datasets"])
    make_and_delete(jupyter_server, "told")
    first, second = line.receive(), line.receive()
    assert first == {"seq": first["seq"], "topic": "datasets", "data": {"id": "told", "deleted": False}}
    assert second["data"] == {"id": "told", "deleted": True}
    assert start < first["seq"] < second["seq"]


def test_who_was_away_is_told_what_came_meanwhile_once(jupyter_server: JupyterServer) -> None:
    before = Line(jupyter_server)
    seen = before.subscribe(["datasets"])
    before.close()
    make_and_delete(jupyter_server, "meanwhile")
    after = Line(jupyter_server)
    assert after.subscribe(["datasets"], after=seen) == seen
    replayed = [after.receive(), after.receive()]
    assert [event["data"]["id"] for event in replayed] == ["meanwhile", "meanwhile"]
    after.subscribe(["datasets"], after=replayed[-1]["seq"])
    make_and_delete(jupyter_server, "later")
    assert after.receive()["data"]["id"] == "later"
    after.close()


def test_a_number_of_another_server_is_answered_with_what_was_missed(line: Line) -> None:
    line.subscribe(["datasets"], after=17)
    assert line.receive()["topic"] == MISSED


def test_a_later_subscription_replaces_the_one_before(jupyter_server: JupyterServer, line: Line) -> None:
    line.subscribe(["datasets"])
    line.subscribe(["models"])
    make_and_delete(jupyter_server, "unheard")
    line.subscribe(["datasets"])
    make_and_delete(jupyter_server, "heard")
    assert line.receive()["data"]["id"] == "heard"


def test_what_is_no_subscription_ends_the_line_with_the_reason(line: Line) -> None:
    line.send("hello")
    assert line.close_code() == 1003


def test_the_clients_subscription_survives_a_restart_of_the_server(tmp_path: Path) -> None:
    seen: list[Event] = []
    with JupyterServer.started(tmp_path / "work", tmp_path / "data") as first:
        port = int(first.url.rstrip("/").rpartition(":")[2])
        client = HttpClient(first.url, first.token)
        client.events.subscribe(seen.append, ["datasets"])
        make_and_delete(first, "before")
        eventually(lambda: len(seen) == 2, what="the events of the first server")
    with JupyterServer.started(tmp_path / "work", tmp_path / "data", port=port, token=first.token) as second:
        assert second.url == first.url
        eventually(lambda: seen[-1].topic == MISSED, 30, what="the notice of what was missed")
        make_and_delete(second, "after")
        eventually(lambda: [event.data.get("id") for event in seen[-2:]] == ["after", "after"], what="the new events")
    client.close()
    assert [event.seq for event in seen] == sorted(event.seq for event in seen)
