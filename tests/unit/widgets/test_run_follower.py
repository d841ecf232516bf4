from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from unit.widgets.run_fakes import FakeClient, make_job, point

from patholearn_lab.errors import UnavailableError
from patholearn_lab.testing.waiting import eventually
from patholearn_lab.widgets.main_loop import MainLoop
from patholearn_lab.widgets.run_follower import RunFollower, RunNews


@pytest.fixture
def client() -> FakeClient:
    client = FakeClient()
    client.jobs.jobs["run-1"] = make_job()
    return client


class Follower:
    def __init__(self, client: FakeClient, loop: MainLoop | None = None) -> None:
        self.news: list[RunNews] = []
        self.follower = RunFollower(
            client,  # type: ignore[arg-type]
            "run-1",
            self.news.append,
            loop or MainLoop(),
            quiet_s=0.05,
            pause_s=0.0,
        )
        self.follower.start()

    @property
    def values(self) -> list[float | None]:
        return [point.value for news in list(self.news) for point in news.points]


@pytest.fixture
def followed(client: FakeClient) -> Iterator[Follower]:
    follower = Follower(client)
    yield follower
    follower.follower.close()
    assert follower.follower.wait(5)


def test_a_run_is_read_from_its_first_point_on_page_by_page(client: FakeClient) -> None:
    client.jobs.points["run-1"] = [point(seq, "train_loss", float(seq)) for seq in range(1, 8)]
    followed = Follower(client)
    eventually(lambda: len(followed.values) == 7)
    followed.follower.close()
    assert followed.follower.wait(5)
    assert followed.values == [1, 2, 3, 4, 5, 6, 7]


def test_an_event_brings_what_is_new_and_nothing_twice(client: FakeClient, followed: Follower) -> None:
    eventually(lambda: followed.news)
    client.jobs.points["run-1"] = [point(1, "train_loss", 0.5)]
    client.events.send()
    eventually(lambda: followed.values == [0.5])
    client.jobs.points["run-1"].append(point(2, "train_loss", 0.4))
    client.events.send()
    eventually(lambda: followed.values == [0.5, 0.4])


def test_a_lost_event_is_made_up_for(client: FakeClient, followed: Follower) -> None:
    eventually(lambda: followed.news)
    client.jobs.points["run-1"] = [point(1, "train_loss", 0.5)]
    eventually(lambda: followed.values == [0.5])


def test_following_ends_with_the_job_and_its_subscription_too(client: FakeClient, followed: Follower) -> None:
    eventually(lambda: client.events.callbacks)
    client.jobs.points["run-1"] = [point(1, "train_loss", 0.5)]
    client.jobs.jobs["run-1"] = make_job(state="done")
    client.events.send()
    assert followed.follower.wait(5)
    assert followed.values == [0.5]
    assert followed.news[-1].job is not None
    assert followed.news[-1].job.state == "done"
    assert client.events.callbacks == []


def test_a_server_that_is_away_is_named_and_asked_again(client: FakeClient, followed: Follower) -> None:
    eventually(lambda: followed.news)
    client.jobs.failure = UnavailableError("The server does not answer.")
    eventually(lambda: followed.news[-1].problem is not None)
    assert followed.news[-1].job is not None, "what was known is kept"
    client.jobs.points["run-1"] = [point(1, "train_loss", 0.5)]
    client.jobs.failure = None
    eventually(lambda: followed.values == [0.5])
    assert followed.news[-1].problem is None


def test_points_read_before_a_failure_are_not_lost(client: FakeClient) -> None:
    client.jobs.points["run-1"] = [point(seq, "train_loss", float(seq)) for seq in range(1, 6)]
    read = client.jobs.metrics
    asked: list[int] = []

    def fails_at_the_second_page(id: str, after: int = 0) -> Any:
        asked.append(after)
        if len(asked) == 2:
            raise UnavailableError("The server does not answer.")
        return read(id, after)

    client.jobs.metrics = fails_at_the_second_page  # type: ignore[method-assign]
    followed = Follower(client)
    eventually(lambda: len(followed.values) == 5)
    followed.follower.close()
    assert followed.follower.wait(5)
    assert followed.values == [1, 2, 3, 4, 5]


def test_a_job_that_is_gone_ends_the_following(client: FakeClient) -> None:
    client.jobs.jobs.clear()
    followed = Follower(client)
    assert followed.follower.wait(5)
    assert followed.news[-1].problem is not None


def test_a_closed_follower_tells_nothing_more(client: FakeClient, followed: Follower) -> None:
    eventually(lambda: followed.news)
    followed.follower.close()
    assert followed.follower.wait(5)
    count = len(followed.news)
    client.jobs.points["run-1"] = [point(1, "train_loss", 0.5)]
    client.events.send()
    assert len(followed.news) == count
    assert client.events.callbacks == []


def test_news_wait_for_a_busy_kernel_and_arrive_as_one_on_its_thread(client: FakeClient) -> None:
    client.jobs.points["run-1"] = []

    async def kernel() -> tuple[Follower, set[str]]:
        threads: set[str] = set()
        followed = Follower(client, MainLoop())
        tell = followed.news.append
        followed.follower._on_news = lambda news: (threads.add(threading.current_thread().name), tell(news))[1]
        # The kernel is busy: a cell runs, and the loop with it. The job goes on meanwhile.
        for seq in range(1, 4):
            client.jobs.points["run-1"].append(point(seq, "train_loss", float(seq)))
            client.events.send()
            eventually(lambda seq=seq: followed.follower._after == seq)
        assert followed.news == []
        client.jobs.jobs["run-1"] = make_job(state="done")
        client.events.send()
        assert followed.follower.wait(5)
        await asyncio.sleep(0)
        return followed, threads

    followed, threads = asyncio.run(kernel())
    assert len(followed.news) == 1
    assert followed.values == [1, 2, 3]
    assert threads == {"MainThread"}
