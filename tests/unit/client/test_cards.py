"""What is said about a data set, its versions, and what keeps it from being deleted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from patholearn_lab.client.local import LocalClient
from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.errors import ConflictError, DatasetNotFoundError, InvalidInputError
from patholearn_lab.services import Services, Settings
from patholearn_lab.testing.archives import class_files, write_zip


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    services = Services(Settings(tmp_path / "data"))
    services.start()
    yield services
    services.close()


@pytest.fixture
def client(services: Services, tmp_path: Path) -> LocalClient:
    """A client with the data set "tiles" of two versions: three samples have another class in the second."""
    client = LocalClient(services, "ada")
    client.datasets.upload(write_zip(tmp_path / "tiles.zip", class_files()), "tiles", licence="CC0")
    first = client.datasets.samples("tiles", class_name=client.datasets.get("tiles").classes[0], limit=3)
    other = client.datasets.get("tiles").classes[1]
    client.datasets.change("tiles", {"kind": "relabel", "labels": {sample.index: other for sample in first.samples}})
    return client


def actions(services: Services) -> list[str]:
    return [json.loads(line)["action"] for line in services.paths.audit.read_text().splitlines()]


def test_a_set_is_renamed_and_its_versions_stay_as_they_are(client: LocalClient, services: Services) -> None:
    stored = {path: path.read_bytes() for path in services.paths.datasets.rglob("zarr.json")}
    edited = client.datasets.edit("tiles", name="My tiles", visibility="public")
    client.datasets.edit("tiles", licence="CC BY 4.0")
    card = client.datasets.get("tiles")
    assert (card.id, card.name, card.licence, card.visibility) == ("tiles", "My tiles", "CC BY 4.0", "public")
    assert (edited.name, edited.licence) == ("My tiles", "CC0")
    assert [version.name for version in client.datasets.versions("tiles")] == ["My tiles", "My tiles"]
    assert services.datasets.open("tiles").manifest.name == "My tiles"
    assert {path: path.read_bytes() for path in services.paths.datasets.rglob("zarr.json")} == stored


@pytest.mark.parametrize("edits", [{"name": ""}, {"visibility": "secret"}, {"content_hash": "0"}, {"name": "x" * 201}])
def test_an_edit_that_cannot_be_is_refused_by_name(client: LocalClient, edits: dict[str, Any]) -> None:
    before = client.datasets.get("tiles")
    with pytest.raises(InvalidInputError, match=next(iter(edits))):
        client.datasets.edit("tiles", **edits)
    assert client.datasets.get("tiles") == before


def test_a_set_that_is_not_there_cannot_be_renamed(client: LocalClient) -> None:
    with pytest.raises(DatasetNotFoundError):
        client.datasets.edit("nothing", name="x")


def test_versions_are_listed_newest_first_and_compared_sample_by_sample(client: LocalClient) -> None:
    assert [version.version for version in client.datasets.versions("tiles")] == [2, 1]
    comparison = client.datasets.compare("tiles", 1, 2)
    assert comparison.counts == {"relabelled": 3}
    assert not comparison.equal
    classes = client.datasets.get("tiles").classes
    assert {(change.before, change.after) for change in comparison.samples} == {classes[:2]}
    assert client.datasets.compare("tiles", 2, 2).equal


def test_samples_are_found_by_a_part_of_their_names(client: LocalClient) -> None:
    every = client.datasets.samples("tiles", limit=500).samples
    wanted = every[5].name
    page = client.datasets.samples("tiles", text=wanted.upper())
    assert [sample.name for sample in page.samples] == [name for name in (s.name for s in every) if wanted in name]
    assert client.datasets.samples("tiles", text="no such name").total == 0


def test_a_set_that_runs_use_is_not_deleted_and_the_runs_are_named(
    client: LocalClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = services.jobs.submit(
        "training", {"code": "DATASET = 'tiles'"}, name="LeNet", owner="ada", labels={"dataset": "tiles"}
    )
    with pytest.raises(ConflictError, match=r"'tiles' is used by 1 run: 'LeNet' of \d\d \w+ 20\d\d"):
        client.datasets.delete("tiles")
    assert client.datasets.get("tiles").version == 2
    monkeypatch.setattr(services.jobs, "list", lambda **options: SimpleNamespace(items=[]))
    client.datasets.delete("tiles")
    assert client.datasets.list() == []
    assert job.labels["dataset"] == "tiles"


def test_every_upload_change_and_deletion_is_in_the_audit_log(client: LocalClient, services: Services) -> None:
    client.datasets.edit("tiles", name="My tiles")
    client.datasets.delete("tiles")
    assert actions(services) == ["upload", "change", "change", "delete"]


def test_the_operator_switches_the_audit_log_and_the_switch_is_in_it(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "tiles.zip", class_files())
    for number, audit in enumerate((True, False, False, True)):
        services = Services(Settings(tmp_path / "data", audit=audit))
        services.start()
        # As in a job's process, which knows the folder and not the settings.
        DatasetLibrary(services.paths).import_archive(archive, f"tiles{number}")
        services.close()
    assert actions(services) == ["upload", "audit_off", "audit_on", "upload"]
