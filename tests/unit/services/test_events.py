"""The event hub: one order for everybody, and what was missed is told."""

from __future__ import annotations

import json
import threading

import pytest

from patholearn_lab.services.events import MISSED, Event, EventHub, wants


@pytest.mark.parametrize(
    ("topics", "topic", "wanted"),
    [
        (["jobs"], "jobs", True),
        (["jobs"], "jobs2", False),
        (["job.7"], "job.7.metrics", True),
        (["job.7"], "job.70.metrics", False),
        (["*"], "models", True),
        ([], "jobs", False),
    ],
)
def test_a_topic_is_wanted_by_its_name_or_by_a_prefix_up_to_a_dot(topics: list[str], topic: str, wanted: bool) -> None:
    assert wants(topics, topic) is wanted


def test_a_listener_gets_only_its_topics() -> None:
    hub, seen = EventHub(), []
    hub.subscribe(seen.append, ["jobs"])
    hub.publish("datasets", {"id": "a"})
    hub.publish("jobs", {"id": "b"})
    assert [event.data for event in seen] == [{"id": "b"}]
    assert json.loads(seen[0].text) == {"seq": seen[0].seq, "topic": "jobs", "data": {"id": "b"}}


def test_a_listener_that_was_away_catches_up_in_order() -> None:
    hub, seen = EventHub(first=0), []
    for number in range(5):
        hub.publish("jobs", number)
    hub.subscribe(seen.append, ["jobs"], after=2)
    hub.publish("jobs", 5)
    assert [event.seq for event in seen] == [3, 4, 5, 6]


def test_a_listener_that_was_away_too_long_is_told_so_first() -> None:
    hub, seen = EventHub(keep_bytes=200, first=0), []
    for number in range(50):
        hub.publish("jobs", number)
    hub.subscribe(seen.append, ["jobs"], after=1)
    assert seen[0].topic == MISSED
    assert [event.seq for event in seen] == sorted(event.seq for event in seen)
    assert seen[-1].seq == 50


def test_what_is_kept_is_bounded_in_bytes_however_large_one_event_is() -> None:
    hub, seen = EventHub(keep_bytes=10_000, first=0), []
    for number in range(100):
        hub.publish("job.7.log", {"lines": ["é" * 100], "number": number})
    hub.subscribe(seen.append, ["*"], after=0)
    missed, *kept = seen
    size = sum(len(event.text.encode()) for event in kept)
    assert missed.topic == MISSED
    assert 10_000 - len(kept[0].text) < size <= 10_000
    hub.publish("job.7.log", {"lines": ["x" * 50_000]})
    after_the_large_one: list[Event] = []
    hub.subscribe(after_the_large_one.append, ["*"], after=0)
    assert [event.seq for event in after_the_large_one] == [100, 101]


def test_a_listener_of_an_earlier_server_is_told_that_it_missed_something() -> None:
    earlier = EventHub(first=1_000)
    earlier.publish("jobs", {})
    later, seen = EventHub(), []
    later.subscribe(seen.append, ["jobs"], after=earlier.seq)
    assert [event.topic for event in seen] == [MISSED]


def test_numbers_grow_over_a_restart() -> None:
    first = EventHub()
    first.publish("jobs", {})
    assert EventHub().seq >= first.seq - 1


def test_nothing_comes_after_the_end_of_a_subscription() -> None:
    hub, seen = EventHub(), []
    end = hub.subscribe(seen.append, ["*"])
    end()
    end()
    hub.publish("jobs", {})
    assert seen == []


def test_a_listener_that_fails_takes_nothing_from_the_others(caplog: pytest.LogCaptureFixture) -> None:
    hub, seen = EventHub(), []

    def fail(event: Event) -> None:
        raise ValueError(event.topic)

    hub.subscribe(fail, ["*"])
    hub.subscribe(seen.append, ["*"])
    hub.publish("jobs", {})
    assert len(seen) == 1
    assert "A listener failed" in caplog.text


def test_every_listener_sees_the_events_of_many_threads_in_the_order_of_their_numbers() -> None:
    hub, seen = EventHub(first=0), []
    hub.subscribe(lambda event: seen.append(event.seq), ["*"])
    threads = [threading.Thread(target=lambda: [hub.publish("jobs", n) for n in range(200)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == list(range(1, 801))


def test_what_json_cannot_carry_is_refused_where_it_is_published() -> None:
    with pytest.raises(ValueError, match="JSON"):
        EventHub().publish("jobs", float("nan"))
