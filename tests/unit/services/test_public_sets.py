"""Public sets are downloaded from a server when asked for, checked, and imported; nothing is left of what fails."""

from __future__ import annotations

import gzip
import hashlib
import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import h5py  # type: ignore[import-untyped]
import numpy as np
import pytest

from patholearn_lab.datasets import public
from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.datasets.public import PublicFile, PublicSet, public_sets
from patholearn_lab.errors import (
    CancelledError,
    ConflictError,
    DatasetError,
    DatasetNotFoundError,
    JobSpecError,
    PathoLearnError,
    TooLargeError,
)
from patholearn_lab.jobs.context import JobContext
from patholearn_lab.jobs.folder import RunFolder, utc_now
from patholearn_lab.paths import DataPaths
from patholearn_lab.services.public_sets import download_public


def tiny() -> bytes:
    """A MedMNIST file of 40 images."""
    generator, file = np.random.default_rng(0), io.BytesIO()
    arrays: dict[str, Any] = {}
    for part, count in (("train", 24), ("val", 8), ("test", 8)):
        arrays[f"{part}_images"] = generator.integers(0, 256, (count, 28, 28, 3), np.uint8)
        arrays[f"{part}_labels"] = (np.arange(count) % 2)[:, None]
    np.savez(file, **arrays)
    return file.getvalue()


def parts() -> dict[str, bytes]:
    """The files of a set like PatchCamelyon, by their addresses."""
    files = {}
    for split, count in (("train", 12), ("valid", 4), ("test", 4)):
        arrays = {"x": np.full((count, 8, 8, 3), count, np.uint8), "y": np.arange(count).reshape(-1, 1, 1, 1) % 2}
        for key, values in arrays.items():
            buffer = io.BytesIO()
            with h5py.File(buffer, "w") as file:
                file[key] = values
            files[f"/{split}_{key}.h5.gz"] = gzip.compress(buffer.getvalue())
    return files


FILE = tiny()
PARTS = parts()


class Answers(BaseHTTPRequestHandler):
    """Gives a part at its address, and the file at any other but /gone."""

    def do_GET(self) -> None:
        self.send_response(404 if self.path == "/gone" else 200)
        body = b"" if self.path == "/gone" else FILE * (1000 if self.path == "/huge" else 1)
        body = PARTS.get(self.path, body)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except ConnectionError:
            self.close_connection = True  # who stopped in the middle listens no more

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def context(data_paths: DataPaths) -> Iterator[JobContext]:
    spec = {"kind": "download", "target": "x:y", "owner": "ada", "payload": {}, "created_at": utc_now()}
    context = JobContext(RunFolder.create(data_paths.run("job-1"), data_paths.scratch, spec), lambda line: None)
    yield context
    context.close()


def listed(monkeypatch: pytest.MonkeyPatch, url: str, checksum: str = "", size: int = len(FILE)) -> None:
    checksum = checksum or f"md5:{hashlib.md5(FILE).hexdigest()}"
    file = PublicFile(name="tinymnist.npz", url=url, checksum=checksum, bytes=size)
    one = PublicSet(
        id="tinymnist", name="TinyMNIST", description="", licence="CC0", homepage="http://tiny", files=(file,)
    )
    monkeypatch.setattr(public, "public_sets", lambda: (one,))


def test_a_public_set_is_downloaded_and_stored(
    address: str, context: JobContext, data_paths: DataPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed(monkeypatch, f"{address}/tinymnist.npz")
    told: list[str] = []
    monkeypatch.setattr(context, "log", told.append)
    result = download_public({"public": "tinymnist", "id": "tiny"}, context)
    assert result == {"dataset": "tiny", "version": 1, "samples": 40}
    manifest = DatasetLibrary(data_paths).find("tiny")
    assert (manifest.owner, manifest.licence, manifest.name) == ("ada", "CC0", "TinyMNIST")
    assert told == [
        f"TinyMNIST: {len(FILE) / 1e6:,.1f} MB, licence CC0, see http://tiny",
        f"Downloading {address}/tinymnist.npz",
    ]
    assert list(data_paths.scratch.iterdir()) == []


def test_a_public_set_of_several_files_is_stored_as_one(
    address: str, context: JobContext, data_paths: DataPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = tuple(
        PublicFile(name=path[1:], url=address + path, checksum=f"md5:{hashlib.md5(body).hexdigest()}", bytes=len(body))
        for path, body in PARTS.items()
    )
    one = PublicSet(
        id="tinycam",
        name="TinyCam",
        description="Tiles.",
        classes=("normal", "tumor"),
        licence="CC0",
        homepage="http://cam",
        files=files,
    )
    monkeypatch.setattr(public, "public_sets", lambda: (one,))
    assert download_public({"public": "tinycam", "id": "cam"}, context)["samples"] == 20
    manifest = DatasetLibrary(data_paths).find("cam")
    assert (manifest.name, manifest.classes, manifest.licence) == ("TinyCam", ("normal", "tumor"), "CC0")
    assert (manifest.source, manifest.owner) == ("http://cam", "ada")
    assert [manifest.count(split) for split in ("train", "valid", "test")] == [12, 4, 4]
    assert list(data_paths.scratch.iterdir()) == []


@pytest.mark.parametrize(
    ("path", "changes", "kind", "problem"),
    [
        ("/tinymnist.npz", {"checksum": "md5:" + "0" * 32}, DatasetError, "its checksum differs"),
        ("/gone", {}, DatasetError, "the server answers with 404"),
        ("/huge", {}, TooLargeError, "far larger than"),
    ],
)
def test_what_is_not_the_declared_file_is_refused(
    address: str,
    context: JobContext,
    data_paths: DataPaths,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    changes: dict[str, Any],
    kind: type[PathoLearnError],
    problem: str,
) -> None:
    listed(monkeypatch, address + path, **changes)
    with pytest.raises(kind, match=problem):
        download_public({"public": "tinymnist", "id": "tiny"}, context)
    assert list(data_paths.datasets.iterdir()) == list(data_paths.scratch.iterdir()) == []


def test_without_a_connection_a_sentence_says_so(context: JobContext, monkeypatch: pytest.MonkeyPatch) -> None:
    listed(monkeypatch, "http://127.0.0.1:9/tinymnist.npz")
    with pytest.raises(DatasetError, match="there is no connection") as caught:
        download_public({"public": "tinymnist", "id": "tiny"}, context)
    assert "offline" in str(caught.value.hint)


def test_a_download_can_be_stopped(
    address: str, context: JobContext, data_paths: DataPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed(monkeypatch, f"{address}/tinymnist.npz")
    monkeypatch.setattr(JobContext, "cancelled", property(lambda _: True))
    with pytest.raises(CancelledError):
        download_public({"public": "tinymnist", "id": "tiny"}, context)
    assert list(data_paths.datasets.iterdir()) == list(data_paths.scratch.iterdir()) == []


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        ({"public": "tinymnist"}, JobSpecError),
        ({"public": "nomnist", "id": "tiny"}, DatasetNotFoundError),
        ({"public": "tinymnist", "id": "taken"}, ConflictError),
    ],
)
def test_a_download_that_cannot_be_is_refused_before_anything_is_asked_for(
    context: JobContext, data_paths: DataPaths, monkeypatch: pytest.MonkeyPatch, payload: dict[str, str], kind: Any
) -> None:
    listed(monkeypatch, "http://127.0.0.1:9/tinymnist.npz")
    data_paths.dataset("taken").mkdir()
    with pytest.raises(kind):
        download_public(payload, context)


def test_the_table_of_public_sets_says_all_that_a_person_wants_to_know() -> None:
    for one in public_sets():
        assert one.licence
        assert one.description
        for file in one.files:
            assert file.url.startswith("https://")
            assert len(file.checksum.removeprefix("md5:")) == 32
        assert one.bytes > 100_000
