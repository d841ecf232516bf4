"""The conversation between a view and the client."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from patholearn_lab.errors import InvalidInputError, NotFoundError
from patholearn_lab.services.events import Event
from patholearn_lab.testing.waiting import eventually
from patholearn_lab.widgets.rpc import Rpc, allowed_calls


class Widget:
    """A widget whose views are the test."""

    def __init__(self) -> None:
        self.sent: list[tuple[Any, Any]] = []
        self.threads: list[int] = []

    def on_msg(self, callback: Callable[[Any, Any, Any], None]) -> None:
        self.receive = lambda content, buffers=(): callback(self, content, buffers)

    def send(self, content: Any, buffers: Any = None) -> None:
        self.threads.append(threading.get_ident())
        self.sent.append((content, buffers))

    def answer(self, message_id: int) -> tuple[Any, Any]:
        return eventually(
            lambda: next((item for item in self.sent if item[0].get("id") == message_id), None), what="the answer"
        )


class Datasets:
    def image(self, id: str, index: int) -> bytes:
        return b"PNG" + bytes([index])

    def get(self, id: str) -> Any:
        raise NotFoundError(f"There is no data set {id!r}.", "Look at the list.")

    def list(self) -> list[Any]:
        raise RuntimeError("a fault")


class Architectures:
    def catalog(self) -> dict[str, Any]:
        return {"kinds": {}}


class Models:
    def predict(self, name: str, image: bytes, version: int | None = None) -> dict[str, Any]:
        return {"name": name, "bytes": len(image), "version": version}


class Events:
    def __init__(self) -> None:
        self.callbacks: dict[str, Callable[[Event], None]] = {}

    def subscribe(self, callback: Callable[[Event], None], topics: Iterable[str]) -> Callable[[], None]:
        wanted = list(topics)
        self.callbacks.update(dict.fromkeys(wanted, callback))
        return lambda: [self.callbacks.pop(topic) for topic in wanted].clear()


class Client:
    def __init__(self) -> None:
        self.datasets = Datasets()
        self.architectures = Architectures()
        self.models = Models()
        self.events = Events()


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def widget() -> Widget:
    return Widget()


@pytest.fixture
def rpc(widget: Widget, client: Client) -> Iterable[Rpc]:
    rpc = Rpc(widget, lambda: client)
    yield rpc
    rpc.close()


def test_what_may_be_called_is_what_the_client_declares() -> None:
    assert {"datasets.list", "architectures.check", "jobs.submit", "models.predict_sample"} <= allowed_calls()
    assert not any(name.rpartition(".")[2].startswith("_") for name in allowed_calls())


@pytest.mark.usefixtures("rpc")
def test_a_quick_call_is_answered_at_once_on_the_same_thread(widget: Widget) -> None:
    widget.receive({"id": 1, "call": "architectures.catalog", "args": {}})
    assert widget.sent == [({"id": 1, "result": {"kinds": {}}}, None)]
    assert widget.threads == [threading.get_ident()]


@pytest.mark.usefixtures("rpc")
def test_bytes_come_back_as_a_buffer_from_another_thread(widget: Widget) -> None:
    widget.receive({"id": 2, "call": "datasets.image", "args": {"id": "digits", "index": 7}})
    content, buffers = widget.answer(2)
    assert content == {"id": 2, "result": {"buffer": 0}}
    assert buffers == [b"PNG\x07"]
    assert widget.threads != [threading.get_ident()]


@pytest.mark.usefixtures("rpc")
def test_bytes_of_a_view_reach_the_client(widget: Widget) -> None:
    args = {"name": "lenet", "image": {"buffer": 0}}
    widget.receive({"id": 3, "call": "models.predict", "args": args}, [memoryview(b"12345")])
    assert widget.answer(3)[0]["result"] == {"name": "lenet", "bytes": 5, "version": None}


@pytest.mark.usefixtures("rpc")
def test_an_error_travels_with_its_message_and_hint(widget: Widget) -> None:
    widget.receive({"id": 4, "call": "datasets.get", "args": {"id": "gone"}})
    error = widget.answer(4)[0]["error"]
    assert error["error"] == "not_found"
    assert error["message"] == "There is no data set 'gone'."
    assert error["hint"] == "Look at the list."


@pytest.mark.usefixtures("rpc")
def test_a_fault_becomes_an_answer_too(widget: Widget, caplog: pytest.LogCaptureFixture) -> None:
    widget.receive({"id": 5, "call": "datasets.list"})
    error = widget.answer(5)[0]["error"]
    assert error["error"] == "internal"
    assert "RuntimeError: a fault" in error["message"]
    assert "datasets.list" in caplog.text


@pytest.mark.parametrize(
    "name",
    [
        "datasets.__init__",
        "datasets.upload",
        "datasets.export",
        "close",
        "status",
        "datasets.image.__call__",
        "os.system",
        "",
    ],
)
def test_nothing_else_of_the_kernel_can_be_called(rpc: Rpc, name: str) -> None:
    with pytest.raises(InvalidInputError, match="no call"):
        rpc.call(name, {})


def test_arguments_that_do_not_fit_are_refused(rpc: Rpc) -> None:
    with pytest.raises(InvalidInputError, match=r"datasets\.image does not take these arguments"):
        rpc.call("datasets.image", {"id": "digits", "path": "/etc/passwd"})


@pytest.mark.parametrize("content", ["text", None, {"id": 1}, {"operations": []}])
@pytest.mark.usefixtures("rpc")
def test_messages_of_others_are_left_alone(widget: Widget, content: Any) -> None:
    widget.receive(content)
    assert widget.sent == []


def test_events_are_forwarded_until_every_view_said_goodbye(rpc: Rpc, widget: Widget, client: Client) -> None:
    rpc.call("events.subscribe", {"topics": ["jobs"], "view": "a"})
    rpc.call("events.subscribe", {"topics": ["jobs"], "view": "b"})
    client.events.callbacks["jobs"](Event(seq=1, topic="jobs", data={"id": "x"}))
    assert widget.sent == [({"event": {"topic": "jobs", "data": {"id": "x"}}}, None)]

    rpc.call("events.unsubscribe", {"topics": ["jobs"], "view": "a"})
    assert "jobs" in client.events.callbacks
    rpc.call("events.unsubscribe", {"topics": ["jobs"], "view": "b"})
    assert client.events.callbacks == {}


def test_closing_ends_the_subscriptions_and_sends_nothing_more(rpc: Rpc, widget: Widget, client: Client) -> None:
    rpc.call("events.subscribe", {"topics": ["jobs", "models"], "view": "a"})
    callback = client.events.callbacks["jobs"]
    rpc.close()
    callback(Event(seq=1, topic="jobs", data={}))
    assert client.events.callbacks == {}
    assert widget.sent == []


def test_the_client_is_asked_for_at_the_first_call_and_once(widget: Widget, client: Client) -> None:
    asked: list[int] = []

    def provide() -> Client:
        asked.append(1)
        return client

    rpc = Rpc(widget, provide)
    assert asked == []
    rpc.call("architectures.catalog")
    rpc.call("architectures.catalog")
    assert asked == [1]
    rpc.close()


def test_a_widget_can_have_calls_of_its_own(widget: Widget, client: Client) -> None:
    rpc = Rpc(widget, lambda: client, {"training.start": lambda epochs: epochs + 1})
    assert rpc.call("training.start", {"epochs": 2}) == 3
    rpc.close()
