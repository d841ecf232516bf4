"""The uploads of this process: files that arrive in parts, and become data sets."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from patholearn_lab.errors import InvalidInputError

if TYPE_CHECKING:
    from patholearn_lab.datasets.choices import ImportChoices
    from patholearn_lab.datasets.uploads import Upload
    from patholearn_lab.services import Services
    from patholearn_lab.services.importing import UploadState


class LocalUploads:
    """Files on their way, of one person."""

    def __init__(self, services: Services, owner: str) -> None:
        self._services = services
        self._owner = owner

    def begin(self, file_name: str, size: int, checksum: int) -> Upload:
        """Announce a file, or find the upload of the same file that was begun before."""
        return self._services.uploads.begin(file_name, size, checksum, self._owner)

    def part(self, id: str, number: int, data: bytes, checksum: int) -> int:
        """Send one part, and return how many are still missing."""
        return len(self._services.uploads.part(id, number, data, checksum, self._owner).missing)

    def list(self) -> builtins.list[UploadState]:
        """Return the uploads that are not imported yet, the oldest first."""
        return self._services.imports.list(self._owner)

    def get(self, id: str) -> UploadState:
        """Return one upload as it is now."""
        return self._services.imports.find(id, self._owner)

    def check(self, id: str, table: dict[str, Any] | None = None) -> UploadState:
        """Begin to look into a file that has arrived."""
        chosen = None if table is None else choices_of({"table": table}).table
        return self._services.imports.check(id, self._owner, chosen)

    def import_as(self, id: str, dataset: str, **choices: Any) -> UploadState:
        """Begin to import a file that has arrived as the data set `dataset`."""
        return self._services.imports.import_as(id, dataset, choices_of(choices), self._owner)

    def stop(self, id: str) -> UploadState:
        """Stop checking or importing; the file stays."""
        return self._services.imports.stop(id, self._owner)

    def forget(self, id: str) -> None:
        """Give an upload up, and delete what is there of it."""
        self._services.imports.forget(id, self._owner)


def choices_of(given: Mapping[str, Any]) -> ImportChoices:
    """Return what a person chose for an import.

    Raises
    ------
    InvalidInputError
        When there is no such choice, or a value is out of its range; names it.
    """
    from pydantic import ValidationError

    from patholearn_lab.datasets.choices import ImportChoices

    try:
        return ImportChoices.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "split"
        raise InvalidInputError(
            f"{field!r} of the import cannot be {first['input']!r:.100}: {first['msg']}.",
            f"There are: {', '.join(ImportChoices.model_fields)}.",
            field=field,
        ) from error
