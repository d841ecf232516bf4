from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from patholearn_lab.errors import StartupError
from patholearn_lab.jobs.database import ensure_database_is_free
from patholearn_lab.jobs.models import Job, Transition
from patholearn_lab.jobs.store import JobStore
from patholearn_lab.paths import DataPaths

START = datetime(2026, 1, 1, tzinfo=UTC)


def job(number: int, **changes: object) -> Job:
    at = START + timedelta(seconds=number)
    values = {
        "id": f"{at:%Y%m%d-%H%M%S}-{number:08x}",
        "kind": "training",
        "name": "",
        "owner": "ada",
        "state": "queued",
        "created_at": at,
        "transitions": (Transition(state="queued", at=at),),
    }
    return Job.model_validate({**values, **changes})


@pytest.fixture
def store(data_paths: DataPaths) -> Iterator[JobStore]:
    store = JobStore(data_paths.database)
    yield store
    store.close()


def test_a_job_comes_back_as_it_was_written_last(store: JobStore) -> None:
    store.save(job(1))
    store.save(job(1, state="running", labels={"graph": "g"}))
    assert store.find(job(1).id) == job(1, state="running", labels={"graph": "g"})
    assert store.states() == {job(1).id: "running"}
    assert store.find("no-such-job") is None


def test_pages_go_back_in_time_and_meet_every_job_once(store: JobStore) -> None:
    for number in range(7):
        store.save(job(number))
    seen: list[str] = []
    before = None
    while page := store.newest(None, {}, 3, before):
        seen += [each.id for each in page]
        before = page[-1].id
    assert seen == [job(number).id for number in reversed(range(7))]


def test_a_page_goes_on_after_the_job_of_its_cursor_was_deleted(store: JobStore) -> None:
    for number in range(4):
        store.save(job(number))
    store.delete(job(2).id)
    assert [each.id for each in store.newest(None, {}, 9, job(2).id)] == [job(1).id, job(0).id]


def test_jobs_are_found_by_kind_and_by_all_labels(store: JobStore) -> None:
    store.save(job(1, labels={"graph": "a", 'odd "name".$': "x"}))
    store.save(job(2, labels={"graph": "a", "dataset": "digits"}))
    store.save(job(3, labels={"graph": "a"}, kind="other"))
    found = [each.id for each in store.newest("training", {"graph": "a"}, 9, None)]
    assert found == [job(2).id, job(1).id]
    assert [each.id for each in store.newest(None, {"graph": "a", "dataset": "digits"}, 9, None)] == [job(2).id]
    assert [each.id for each in store.newest(None, {'odd "name".$': "x"}, 9, None)] == [job(1).id]


def test_an_index_of_another_version_is_built_anew(data_paths: DataPaths) -> None:
    with closing(sqlite3.connect(data_paths.database)) as connection:
        connection.execute("CREATE TABLE jobs (something TEXT)")
        connection.commit()
    store = JobStore(data_paths.database)
    assert store.states() == {}
    store.close()


def test_a_busy_database_is_named_with_the_way_out(data_paths: DataPaths) -> None:
    with closing(sqlite3.connect(data_paths.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StartupError, match="database is locked") as caught:
            ensure_database_is_free(data_paths.database, timeout_s=0.05)
    assert str(data_paths.database) in caught.value.message
    assert "Close the program that has it open" in caught.value.hint


def test_a_file_that_is_no_database_is_named_with_the_way_out(data_paths: DataPaths) -> None:
    data_paths.database.write_bytes(b"these are no tables " * 100)
    with pytest.raises(StartupError, match="damaged") as caught:
        ensure_database_is_free(data_paths.database)
    assert "built anew" in caught.value.hint
