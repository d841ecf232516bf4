"""Services start on a data folder of their own, or say clearly why not."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.graphs import golden_document

from patholearn_lab.errors import StartupError
from patholearn_lab.graph.document import document_to_dict
from patholearn_lab.jobs.folder import RunFolder
from patholearn_lab.services import Services, Settings
from patholearn_lab.services.events import Event


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    services = Services(Settings(tmp_path / "data"))
    yield services
    services.close()


def test_building_services_touches_no_disk(tmp_path: Path) -> None:
    Services(Settings(tmp_path / "data"))
    assert not (tmp_path / "data").exists()


def test_building_and_starting_services_imports_nothing_heavy(tmp_path: Path) -> None:
    code = f"""
import sys
from patholearn_lab.services import Services, Settings
services = Services(Settings({str(tmp_path / "data")!r}))
print([name for name in ("torch", "dask", "onnxruntime", "sqlalchemy", "zarr", "lightning") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_a_crash_left_in_scratch_is_cleared_at_the_start(services: Services) -> None:
    leftover = services.paths.scratch / "half"
    leftover.mkdir(parents=True)
    (leftover / "file").touch()
    (services.paths.scratch / "upload.zip").touch()
    services.start()
    assert list(services.paths.scratch.iterdir()) == []


def test_a_link_in_scratch_is_removed_and_not_followed(services: Services, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "work").touch()
    services.paths.scratch.mkdir(parents=True)
    (services.paths.scratch / "link").symlink_to(precious)
    services.start()
    assert (precious / "work").exists()
    assert list(services.paths.scratch.iterdir()) == []


def test_a_second_server_on_the_folder_is_refused_and_harms_nothing(services: Services) -> None:
    services.start()
    working = services.paths.scratch / "working"
    working.mkdir()
    with pytest.raises(StartupError, match="in use by another PathoLearn server"):
        Services(services.settings).start()
    assert working.exists()


def test_the_folder_is_free_again_after_closing(services: Services) -> None:
    services.start()
    services.close()
    again = Services(services.settings)
    again.start()
    again.close()


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartupError, match="cannot be written to") as caught:
        Services(Settings(tmp_path / "file" / "data")).start()
    assert str(tmp_path / "file" / "data") in caught.value.message
    assert "PATHOLEARN_DATA" in caught.value.hint


def test_a_busy_database_is_a_start_up_error_and_gives_the_folder_back(services: Services) -> None:
    services.paths.ensure()
    with sqlite3.connect(services.paths.database, isolation_level=None) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StartupError, match="database"):
            services.start()
        holder.execute("ROLLBACK")
    holder.close()
    again = Services(services.settings)
    again.start()
    again.close()


def test_a_damaged_database_is_a_start_up_error_that_says_what_to_do(services: Services) -> None:
    services.paths.ensure()
    services.paths.database.write_bytes(b"this is no database at all" * 100)
    with pytest.raises(StartupError) as caught:
        services.start()
    assert caught.value.hint


def test_the_audit_log_has_a_line_for_each_entry(services: Services) -> None:
    services.paths.ensure()
    services.record("delete", who="ada", job="j1")
    services.record("delete", who="ada", model="m", version=2)
    lines = [json.loads(line) for line in services.paths.audit.read_text().splitlines()]
    assert [(line["who"], line["action"]) for line in lines] == [("ada", "delete")] * 2
    assert lines[1]["version"] == 2


def test_what_a_job_made_is_also_news_about_models_and_data_sets(services: Services) -> None:
    seen: list[Event] = []
    services.events.subscribe(seen.append, ["models", "datasets"])
    model = {"name": "net", "version": 1}
    services._publish("jobs", {"kind": "training", "state": "running", "result": None})
    services._publish("jobs", {"id": "j1", "deleted": True})
    services._publish("jobs", {"kind": "training", "state": "done", "result": {"model": None}})
    services._publish("jobs", {"kind": "training", "state": "done", "result": {"model": model}})
    # It was asked, and is not new.
    services._publish("jobs", {"kind": "prediction", "state": "done", "result": {"model": model}})
    services._publish("jobs", {"kind": "import", "state": "done", "result": {"dataset": "tissue"}})
    told = [(event.topic, event.data) for event in seen]
    assert told == [("models", {**model, "deleted": False}), ("datasets", {"id": "tissue", "deleted": False})]


BROKEN = {"schemaVersion": 4, "meta": {"id": "g1"}, "nodes": 7}


@pytest.mark.parametrize(
    "document", [document_to_dict(golden_document("lenet5")), {"schemaVersion": 1}, None, {"meta": 7}, BROKEN]
)
def test_a_training_keeps_its_drawing_as_a_version(
    services: Services, document: dict[str, Any] | None, caplog: pytest.LogCaptureFixture
) -> None:
    services.paths.ensure()
    payload = {"code": "x", "document": document}
    RunFolder.create(services.paths.run("run-1"), services.paths.scratch, {"payload": payload, "created_at": ""})
    told = {"id": "run-1", "kind": "training", "state": "queued", "owner": "ada"}
    for topic, data in (("jobs", told), ("jobs", told | {"state": "done", "result": None})):
        services._publish(topic, data)
    kept = [(version.author, version.runs) for version in services.versions.list("golden_lenet5")]
    assert kept == ([("ada", ("run-1",))] if document and "edges" in document else [])
    assert ("was not kept" in caplog.text) == (document == BROKEN)
