"""Uploads over REST."""

from __future__ import annotations

import builtins
from typing import Any

from patholearn_lab.client.http_wire import Wire, at
from patholearn_lab.client.wire import from_json
from patholearn_lab.datasets.uploads import Upload
from patholearn_lab.services.importing import UploadState


class HttpUploads:
    """Files on their way to the server."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def begin(self, file_name: str, size: int, checksum: int) -> Upload:
        """Announce a file, or find the upload of the same file that was begun before."""
        return from_json(
            Upload, self._wire.post("uploads", {"file_name": file_name, "size": size, "checksum": checksum})
        )

    def part(self, id: str, number: int, data: bytes, checksum: int) -> int:
        """Send one part, and return how many are still missing."""
        answer = self._wire.request(
            "POST",
            at("uploads", id, "parts", number),
            {"checksum": checksum},
            content=data,
            headers={"Content-Type": "application/octet-stream"},
        )
        return int(answer.json()["missing"])

    def list(self) -> builtins.list[UploadState]:
        """Return the uploads that are not imported yet, the oldest first."""
        return from_json(builtins.list[UploadState], self._wire.get("uploads")["items"])

    def get(self, id: str) -> UploadState:
        """Return one upload as it is now."""
        return from_json(UploadState, self._wire.get(at("uploads", id)))

    def check(self, id: str, table: dict[str, Any] | None = None) -> UploadState:
        """Begin to look into a file that has arrived."""
        return from_json(UploadState, self._wire.post(at("uploads", id, "check"), {"table": table}))

    def import_as(self, id: str, dataset: str, **choices: Any) -> UploadState:
        """Begin to import a file that has arrived as the data set `dataset`."""
        body = {"dataset": dataset, "choices": choices}
        return from_json(UploadState, self._wire.post(at("uploads", id, "import"), body))

    def stop(self, id: str) -> UploadState:
        """Stop checking or importing; the file stays."""
        return from_json(UploadState, self._wire.post(at("uploads", id, "stop"), {}))

    def forget(self, id: str) -> None:
        """Give an upload up, and delete what is there of it."""
        self._wire.delete(at("uploads", id))
