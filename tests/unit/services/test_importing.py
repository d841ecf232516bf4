"""What becomes of an upload: a preview, a data set, a refusal; and the way back at any time."""

from __future__ import annotations

import base64
import io
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from support.archives import picture, sound, sound_files, zip_of

from patholearn_lab.client.local import LocalClient
from patholearn_lab.errors import ConflictError, InvalidInputError, NotFoundError
from patholearn_lab.services import Services, Settings
from patholearn_lab.services.importing import UploadState
from patholearn_lab.testing.waiting import eventually


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    services = Services(Settings(tmp_path / "data"))
    services.start()
    yield services
    services.close()


@pytest.fixture
def client(services: Services) -> LocalClient:
    return LocalClient(services, "ada")


def sent(client: LocalClient, data: bytes, name: str = "tiles.zip") -> str:
    upload = client.uploads.begin(name, len(data), zlib.crc32(data))
    client.uploads.part(upload.id, 0, data, zlib.crc32(data))
    return upload.id


def at_rest(client: LocalClient, id: str) -> UploadState:
    eventually(lambda: client.uploads.get(id).state not in {"checking", "importing"}, what="the work on the upload")
    return client.uploads.get(id)


def test_a_preview_shows_counts_and_examples_of_every_class_and_stores_nothing(client: LocalClient) -> None:
    id = sent(client, sound())
    assert client.uploads.get(id).state == "arrived"
    client.uploads.check(id)
    found = at_rest(client, id)
    assert found.state == "checked"
    assert found.preview is not None
    assert found.preview.splits["train"] == {"normal": 10, "tumor": 10}
    assert [example.class_name for example in found.preview.examples] == ["normal"] * 4 + ["tumor"] * 4
    with Image.open(io.BytesIO(base64.b64decode(found.preview.examples[0].image))) as example:
        assert example.size == (16, 16)
    assert client.datasets.list() == []


def test_what_was_chosen_is_what_is_stored(client: LocalClient, services: Services) -> None:
    id = sent(client, sound())
    chosen = {"name": "Tissue", "licence": "CC BY 4.0", "split": {"valid": 0.25, "test": 0.25, "seed": 3}}
    client.uploads.import_as(id, "tissue", **chosen)
    done = at_rest(client, id)
    assert (done.state, done.dataset) == ("imported", "tissue")
    made = client.datasets.get("tissue")
    assert (made.name, made.licence, made.owner, made.source) == ("Tissue", "CC BY 4.0", "ada", "tiles.zip")
    assert {split: sum(counts.values()) for split, counts in made.splits.items()} == {
        "train": 12,
        "valid": 6,
        "test": 6,
    }
    assert "50% training, 25% validation and 25% test at random (seed 3)" in made.notes[0]
    assert client.uploads.list() == []
    eventually(lambda: not list(services.paths.uploads.iterdir()), what="the upload to be cleared away")


@pytest.mark.parametrize(
    ("choices", "named"),
    [
        ({"split": {"valid": 0.4, "test": 0.4}}, "half of the samples"),
        ({"color": "red"}, "'color'"),
        ({"name": ""}, "name"),
    ],
)
def test_a_choice_that_cannot_be_is_refused_by_name(client: LocalClient, choices: dict[str, Any], named: str) -> None:
    id = sent(client, sound())
    with pytest.raises(InvalidInputError, match=named):
        client.uploads.import_as(id, "tissue", **choices)
    assert client.uploads.get(id).state == "arrived"


def test_a_file_that_cannot_be_taken_is_refused_with_the_way_out_and_stays(client: LocalClient) -> None:
    wrong = {"normal/x.png": b"no picture", "tumor/y.png": picture((8, 8)), "tumor/z.png": b""}
    id = sent(client, zip_of({**sound_files(), **wrong}))
    client.uploads.check(id)
    refused = at_rest(client, id)
    assert (refused.state, refused.preview) == ("refused", None)
    assert refused.error is not None
    assert "normal/x.png" in refused.error["message"]
    assert "2 other files cannot be taken either" in refused.error["message"]
    assert refused.error["hint"]
    assert [one["file"] for one in refused.error["details"]["files"]] == list(wrong)
    assert refused.error["details"]["total"] == 3
    client.uploads.forget(id)
    with pytest.raises(NotFoundError):
        client.uploads.get(id)


def test_a_name_that_is_taken_or_being_imported_is_refused(
    client: LocalClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    store = services.datasets.import_archive

    def slow(*args: Any, **options: Any) -> Any:
        assert go_on.wait(10)
        return store(*args, **options)

    monkeypatch.setattr(services.datasets, "import_archive", slow)
    first, second = sent(client, sound()), sent(client, zip_of(sound_files(13)), "others.zip")
    client.uploads.import_as(first, "tissue")
    with pytest.raises(ConflictError, match=r"'tiles\.zip' is being imported as 'tissue' just now"):
        client.uploads.import_as(second, "tissue")
    go_on.set()
    assert at_rest(client, first).state == "imported"
    with pytest.raises(ConflictError, match="already a data set 'tissue'"):
        client.uploads.import_as(second, "tissue")
    assert client.uploads.get(second).state == "arrived"


def test_an_import_can_be_stopped_and_begun_again(
    client: LocalClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, go_on = threading.Event(), threading.Event()
    events: list[Any] = []
    services.events.subscribe(events.append, ["uploads"])
    from patholearn_lab.datasets import writing

    ask = writing.ensure_not_cancelled

    def waits(progress: Any) -> None:
        reached.set()
        assert go_on.wait(10)
        ask(progress)

    monkeypatch.setattr(writing, "ensure_not_cancelled", waits)
    id = sent(client, sound())
    client.uploads.import_as(id, "tissue")
    assert reached.wait(10)
    client.uploads.stop(id)
    go_on.set()
    assert at_rest(client, id).state == "arrived"
    assert client.datasets.list() == []
    assert list(services.paths.scratch.iterdir()) == []
    client.uploads.import_as(id, "tissue")
    assert at_rest(client, id).state == "imported"
    eventually(lambda: events[-1].data["state"] == "imported", what="the event of its end")
    assert events[0].data["state"] == "importing"
    assert {event.topic for event in events} == {f"uploads.{id}"}


def test_giving_an_upload_up_ends_what_reads_it(
    client: LocalClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached = threading.Event()

    def look(path: Path, file_name: str, progress: Any, table: Any) -> Any:
        from patholearn_lab.progress import ensure_not_cancelled

        reached.set()
        while True:
            ensure_not_cancelled(progress)

    monkeypatch.setattr(services.datasets, "preview", look)
    id = sent(client, sound())
    client.uploads.check(id)
    assert reached.wait(10)
    client.uploads.forget(id)
    assert list(services.paths.uploads.iterdir()) == []


def test_a_mistake_in_an_importer_is_said_and_logged(
    client: LocalClient, services: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def look(*args: Any) -> Any:
        raise RuntimeError("a fault")

    monkeypatch.setattr(services.datasets, "preview", look)
    id = sent(client, zip_of({"a/1.png": picture()}))
    client.uploads.check(id)
    refused = at_rest(client, id)
    assert refused.error is not None
    assert refused.error["error"] == "internal"
    assert "a fault" in caplog.text


def test_the_preview_of_a_table_follows_what_its_columns_are_for(client: LocalClient) -> None:
    lines = [
        f"{40 + row};{row % 3};{1 + row / 10:.1f};{'yes' if row % 2 else 'no'}".replace(".", ",") for row in range(30)
    ]
    id = sent(client, "\n".join(["age;stage;dose;smoker", *lines]).encode(), "patients.csv")
    client.uploads.check(id)
    found = at_rest(client, id).preview
    assert found is not None
    assert found.table is not None
    assert (found.task, found.table.delimiter, found.table.decimal) == ("classification", ";", ",")
    assert [(one.type, one.role) for one in found.table.columns][2:] == [("float", "input"), ("binary", "output")]
    assert found.table.lines[1] == ("41", "1", "1,1", "yes")

    client.uploads.check(id, {"inputs": ["age", "stage"], "outputs": ["dose"], "one_hot": ["stage"]})
    other = at_rest(client, id).preview
    assert other is not None
    assert (other.task, other.classes) == ("regression", ("dose",))
    assert len(other.features) == 4  # the age, and one for each of three stages

    client.uploads.check(id, {"outputs": ["weight"]})
    refused = at_rest(client, id)
    assert (refused.state, refused.preview) == ("refused", other)
    assert "weight" in str(refused.error)
    with pytest.raises(InvalidInputError, match="colors"):
        client.uploads.check(id, {"colors": ["dose"]})
