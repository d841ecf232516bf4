"""Who may see, use, change and delete a data set on a server that several people share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.archives import sound

from patholearn_lab.client.local import LocalClient
from patholearn_lab.errors import DatasetNotFoundError, PermissionDeniedError
from patholearn_lab.services import Services
from patholearn_lab.services.settings import Settings

CELL = 'DATASET = "adas"\n'
SEEING: list[Callable[[LocalClient], Any]] = [
    lambda client: client.datasets.get("adas"),
    lambda client: client.datasets.versions("adas"),
    lambda client: client.datasets.samples("adas"),
    lambda client: client.datasets.image("adas", 0),
    lambda client: client.datasets.quality("adas"),
    lambda client: client.datasets.leaks("adas"),
    lambda client: client.datasets.measuring("adas"),
    lambda client: client.datasets.open("adas"),
    lambda client: client.datasets.compare("adas", 1, 1),
    lambda client: client.datasets.check("adas"),
    lambda client: client.datasets.croissant("adas"),
    lambda client: client.datasets.ensure("adas"),
]
CHANGING: list[Callable[[LocalClient], Any]] = [
    lambda client: client.datasets.edit("adas", name="Mine"),
    lambda client: client.datasets.change("adas", {"kind": "divide"}),
    lambda client: client.datasets.delete("adas"),
]


class People:
    """Two people on one server, and a set of the first."""

    def __init__(self, folder: Path) -> None:
        self.services = Services(Settings(data_dir=folder / "data", owner="server"))
        self.services.paths.ensure()
        self.ada = LocalClient(self.services, "ada")
        self.bob = LocalClient(self.services, "bob")
        archive = folder / "tiles.zip"
        archive.write_bytes(sound())
        self.ada.datasets.upload(archive, "adas")


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> People:
    return People(tmp_path_factory.mktemp("shared"))


@pytest.mark.parametrize("call", [*SEEING, *CHANGING])
def test_what_is_private_to_somebody_else_is_refused(people: People, call: Callable[[LocalClient], Any]) -> None:
    with pytest.raises(PermissionDeniedError, match="private to 'ada'"):
        call(people.bob)


def test_a_private_set_is_not_in_the_list_of_others_and_has_no_shape_for_their_graphs(people: People) -> None:
    assert [one.id for one in people.ada.datasets.list()] == ["adas"]
    assert people.bob.datasets.list() == []
    assert people.services.datasets_of("ada").shape("adas") is not None
    assert people.services.datasets_of("bob").shape("adas") is None
    assert people.services.datasets_of("bob").shape("digits") is not None


@pytest.mark.parametrize(
    ("payload", "labels"), [({"code": CELL}, {}), ({"training": {"code": CELL}}, {}), ({}, {"dataset": "adas"})]
)
def test_nobody_trains_on_a_private_set_of_somebody_else(
    people: People, payload: dict[str, Any], labels: dict[str, str]
) -> None:
    with pytest.raises(PermissionDeniedError, match="'adas'"):
        people.bob.jobs.submit("training", payload, labels=labels)


def test_one_person_alone_may_do_everything(people: People) -> None:
    alone = LocalClient(people.services)
    assert alone.datasets.get("adas").owner == "ada"
    assert [one.id for one in alone.datasets.list()] == ["adas"]


def test_a_public_set_is_used_by_all_and_changed_by_its_owner(tmp_path: Path) -> None:
    people = People(tmp_path)
    people.ada.datasets.edit("adas", visibility="public")
    assert people.bob.datasets.samples("adas", limit=1).total == 24
    for change in CHANGING[:2]:
        with pytest.raises(PermissionDeniedError, match="belongs to 'ada'"):
            change(people.bob)
    with pytest.raises(PermissionDeniedError, match="belongs to 'ada'"):
        people.services.datasets_of("bob").delete("adas")
    assert people.ada.datasets.change("adas", {"kind": "divide"}).visibility == "public"
    people.services.datasets_of("ada").delete("adas")
    with pytest.raises(DatasetNotFoundError):
        people.bob.datasets.get("adas")


def test_a_set_is_imported_for_those_who_were_chosen(tmp_path: Path) -> None:
    people = People(tmp_path)
    people.ada.datasets.upload(tmp_path / "tiles.zip", "ours", visibility="public")
    assert people.bob.datasets.get("ours").visibility == "public"
