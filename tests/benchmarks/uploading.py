"""How fast a file arrives in parts, and whether it goes on after the server was killed; the last line is JSON.

Keys: ``parts_mb_per_s`` (sending 63 MB in parts, each flushed to the disk), ``body_mb_per_s`` (sending it as one
body and importing it), ``tries_in_vain`` (how often a part met no server after the kill), and ``resume_upload_ok``:
whether the data set is the one that an upload without trouble gives.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.archives import sound
from support.jupyter_server import JupyterServer

from patholearn_lab.client.http import HttpClient
from patholearn_lab.client.sending import send
from patholearn_lab.datasets.uploads import PART_BYTES

PARTS = 30


def resumed(folder: Path) -> dict[str, float | bool]:
    """Send a file, kill the server after a third of it, start it anew, and return what came of it."""
    archive = folder / "tiles.zip"
    archive.write_bytes(os.urandom(PARTS * PART_BYTES) + sound())  # a zip may have anything before it
    size_mb = archive.stat().st_size / 1e6
    figures: dict[str, float | bool] = {}
    server = JupyterServer.start(folder / "work", folder / "data")
    try:
        with HttpClient(server.url, server.token) as client:
            start = time.perf_counter()
            upload = send(client.uploads, archive)
            figures["parts_mb_per_s"] = size_mb / (time.perf_counter() - start)
            client.uploads.forget(upload.id)
            start = time.perf_counter()
            query = {"id": "whole", "file_name": archive.name}
            server.http.post("datasets/uploads", params=query, content=archive.read_bytes()).raise_for_status()
            figures["body_mb_per_s"] = size_mb / (time.perf_counter() - start)

            tried: list[int] = []
            part = client.uploads.part

            def watched(id: str, number: int, data: bytes, checksum: int) -> int:
                tried.append(number)
                if len(tried) == PARTS // 3:
                    a_third.set()
                return part(id, number, data, checksum)

            a_third = threading.Event()
            client.uploads.part = watched  # type: ignore[method-assign]
            made: list[str] = []
            sender = threading.Thread(
                target=lambda: made.append(client.datasets.upload(archive, "resumed").content_hash), daemon=True
            )
            sender.start()
            a_third.wait(60)
            server.kill()
            server.http.close()
            port = int(server.url.rstrip("/").rpartition(":")[2])
            server = JupyterServer.start(folder / "work", folder / "data", port=port, token=server.token)
            sender.join(120)
            figures["tries_in_vain"] = len(tried) - len(set(tried))
            figures["resume_upload_ok"] = made == [client.datasets.get("whole").content_hash]
    finally:
        server.stop()
    return figures


def main() -> None:
    """Measure, print a table, and the figures as JSON."""
    with tempfile.TemporaryDirectory() as name:
        figures = resumed(Path(name))
    for key, value in figures.items():
        print(f"{key:<22} {value!s:>12}" if isinstance(value, bool) else f"{key:<22} {value:12,.2f}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
