"""Uploads over a real server: what is sound is taken, what is not is named, and nothing of it stays behind."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest
from support.archives import BAD, sound, zip_of
from support.jupyter_server import API, JupyterServer

from patholearn_lab.client.http import HttpClient
from patholearn_lab.datasets.uploads import PART_BYTES
from patholearn_lab.testing.waiting import eventually

pytestmark = pytest.mark.server


def files_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for name in ("datasets", "scratch") for path in (folder / name).rglob("*")}


def upload(server: JupyterServer, data: bytes, id: str, **query: str):  # type: ignore[no-untyped-def]
    return server.http.post("datasets/uploads", params={"id": id, **query}, content=data)


def test_a_sound_archive_becomes_a_data_set(jupyter_server: JupyterServer) -> None:
    answer = upload(jupyter_server, sound(), "sound", name="My tissue", file_name="tissue.zip")
    assert answer.status_code == 201, answer.text
    manifest = answer.json()
    assert (manifest["id"], manifest["name"], manifest["classes"]) == ("sound", "My tissue", ["normal", "tumor"])
    assert sum(sum(split.values()) for split in manifest["splits"].values()) == 24
    again = upload(jupyter_server, sound(), "sound")
    assert (again.status_code, again.json()["error"]) == (409, "conflict")
    assert jupyter_server.http.delete("datasets/sound").status_code == 204
    assert not list((jupyter_server.data_dir / "scratch").iterdir())


@pytest.mark.parametrize("wrong", BAD)
def test_a_bad_archive_is_refused_by_name_and_leaves_nothing(jupyter_server: JupyterServer, wrong: str) -> None:
    before = files_below(jupyter_server.data_dir)
    make, named = BAD[wrong]
    answer = upload(jupyter_server, make(), "bad", file_name="upload.zip")
    error = answer.json()
    assert 400 <= answer.status_code < 500, answer.text
    assert set(error) == {"error", "message", "hint", "details"}
    assert named in f"{error['message']} {error['hint']}"
    assert error["hint"]
    assert files_below(jupyter_server.data_dir) == before


@pytest.mark.parametrize("id", ["a/b", "../up", "", "Ä", "a" * 65, ".hidden"])
def test_a_name_that_cannot_stand_in_a_path_is_refused(jupyter_server: JupyterServer, id: str) -> None:
    before = files_below(jupyter_server.data_dir)
    answer = upload(jupyter_server, sound(), id)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_input")
    assert files_below(jupyter_server.data_dir) == before


def test_an_upload_over_the_limit_is_refused_with_the_limit_named(jupyter_server: JupyterServer) -> None:
    before = files_below(jupyter_server.data_dir)
    answer = upload(jupyter_server, b"x" * 6_000_000, "large", file_name="large.zip")
    assert answer.status_code == 413
    assert "5 MB" in answer.json()["message"]
    assert "large.zip" in answer.json()["message"]
    assert files_below(jupyter_server.data_dir) == before


def test_an_upload_of_unknown_length_is_held_to_the_limit_too(jupyter_server: JupyterServer) -> None:
    answer = jupyter_server.http.post(
        "datasets/uploads", params={"id": "endless"}, content=(b"x" * 1_000_000 for _ in range(7))
    )
    assert answer.status_code == 413


def test_an_empty_upload_is_refused(jupyter_server: JupyterServer) -> None:
    answer = upload(jupyter_server, b"", "nothing")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_input")


def test_nothing_is_kept_of_an_upload_that_breaks_off(jupyter_server: JupyterServer) -> None:
    address = jupyter_server.url.removeprefix("http://").rstrip("/")
    host, port = address.split(":")
    scratch = jupyter_server.data_dir / "scratch"
    with socket.create_connection((host, int(port))) as line:
        head = (
            f"POST /{API}/datasets/uploads?id=broken HTTP/1.1\r\nHost: {address}\r\n"
            f"Authorization: token {jupyter_server.token}\r\nContent-Length: 1000000\r\n\r\n"
        )
        line.sendall(head.encode() + b"x" * 1000)
        eventually(lambda: list(scratch.iterdir()), what="the upload's file")
    eventually(lambda: not list(scratch.iterdir()), what="the upload's file to be gone")


def test_the_server_answers_while_an_import_runs(jupyter_server: JupyterServer) -> None:
    files = {
        f"{name}/{number}.png": data for number in range(600) for name, data in ((c, _noise(number)) for c in "ab")
    }
    archive = zip_of(files)
    jupyter_server.http.get("architectures/templates")  # the first time the templates are loaded
    answers = []
    importing = threading.Thread(target=lambda: answers.append(upload(jupyter_server, archive, "many")))
    importing.start()
    quick = []
    while importing.is_alive():
        quick.append(jupyter_server.http.get("architectures/templates").elapsed.total_seconds())
    importing.join()
    assert answers[0].status_code == 201, answers[0].text
    import_s = answers[0].elapsed.total_seconds()
    # Were the import on the event loop, one of these answers would have waited for the whole of it.
    assert len(quick) > 3
    assert max(quick) < import_s / 2
    jupyter_server.http.delete("datasets/many")


def _noise(seed: int) -> bytes:
    import io

    import numpy as np
    from PIL import Image

    target = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(target, "PNG")
    return target.getvalue()


def test_an_upload_goes_on_after_the_server_was_killed_in_the_middle_of_it(tmp_path: Path) -> None:
    archive = tmp_path / "tiles.zip"
    archive.write_bytes(bytes(3 * PART_BYTES) + sound())  # a zip may have anything before it
    server = JupyterServer.start(tmp_path / "work", tmp_path / "data")
    try:
        with HttpClient(server.url, server.token) as client:
            sent: list[int] = []
            reached, go_on = threading.Event(), threading.Event()
            part = client.uploads.part

            def counted(id: str, number: int, data: bytes, checksum: int) -> int:
                if number == 2:
                    reached.set()
                    assert go_on.wait(30)
                left = part(id, number, data, checksum)
                sent.append(number)
                return left

            client.uploads.part = counted  # type: ignore[method-assign]
            made: list[object] = []
            sending = threading.Thread(target=lambda: made.append(client.datasets.upload(archive, "tiles")))
            sending.start()
            assert reached.wait(30)
            server.kill()
            server.http.close()
            go_on.set()  # the third part meets nobody, and waits for the server
            port = int(server.url.rstrip("/").rpartition(":")[2])
            server = JupyterServer.start(tmp_path / "work", tmp_path / "data", port=port, token=server.token)
            sending.join(120)
            assert sent == [0, 1, 2, 3]
            assert client.datasets.list() == made
            uploads = server.data_dir / "uploads"
            eventually(lambda: not list(uploads.iterdir()), what="the upload to be cleared away")
    finally:
        server.stop()
