"""What can be asked about files that are sent in parts: ``client.uploads``."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from patholearn_lab.datasets.uploads import Upload
    from patholearn_lab.services.importing import UploadState


class Uploads(Protocol):
    """Files that are sent in parts, looked into, and imported: what :meth:`Datasets.upload` does, step by step."""

    def begin(self, file_name: str, size: int, checksum: int) -> Upload:
        """Announce a file of `size` bytes, or find the upload of the same file that was begun before.

        `checksum` is the CRC-32 of its first part of :data:`~patholearn_lab.datasets.uploads.PART_BYTES` bytes.

        Raises
        ------
        TooLargeError, ConflictError, UnavailableError
            When it is too large, too many uploads are begun, or the disk has no room for it.
        """

    def part(self, id: str, number: int, data: bytes, checksum: int) -> int:
        """Send one part, and return how many are still missing; `checksum` is the CRC-32 of `data`.

        Raises
        ------
        NotFoundError, InvalidInputError, ConflictError, UnavailableError
            When there is no such upload, the part arrived damaged, another part of this number is there, or the disk
            is full.
        """

    def list(self) -> builtins.list[UploadState]:
        """Return the uploads that are not imported yet, the oldest first."""

    def get(self, id: str) -> UploadState:
        """Return one upload as it is now."""

    def check(self, id: str, table: dict[str, Any] | None = None) -> UploadState:
        """Begin to look into a file that has arrived; its state tells when there is a preview, or why it is refused.

        `table` says what the columns of a table are for, as the fields of
        :class:`~patholearn_lab.datasets.choices.TableChoices`; the preview follows it.
        """

    def import_as(self, id: str, dataset: str, **choices: Any) -> UploadState:
        """Begin to import a file that has arrived as the data set `dataset`; `choices` as in :meth:`Datasets.upload`.

        Raises
        ------
        ConflictError
            When parts are missing, the id is taken, or something is imported under it just now.
        """

    def stop(self, id: str) -> UploadState:
        """Stop checking or importing; the file stays."""

    def forget(self, id: str) -> None:
        """Give an upload up, and delete what is there of it."""
