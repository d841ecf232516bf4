"""The kind of job that makes a data set of a file that is on the server's machine already: nothing has to be sent."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from patholearn_lab.datasets.choices import ImportChoices
from patholearn_lab.errors import InvalidInputError
from patholearn_lab.jobs.payloads import read_payload
from patholearn_lab.paths import NAME_PATTERN

if TYPE_CHECKING:
    from patholearn_lab.jobs.context import JobContext

KIND = "import"


class FileImportSpec(BaseModel):
    """The payload of a job of kind ``import``.

    Parameters
    ----------
    file
        An absolute path on the server's machine, of any format that an upload may have.
    dataset
        The id of the new data set.
    choices
        What is decided otherwise than the file says it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str = Field(min_length=1, max_length=4096)
    dataset: str = Field(pattern=f"^{NAME_PATTERN.pattern}$")
    choices: ImportChoices = ImportChoices()

    @field_validator("file")
    @classmethod
    def _absolute(cls, value: str) -> str:
        if not PurePath(value).is_absolute():
            raise ValueError("The file has to be named from the root, as /data/tissue.zip is.")
        return value


def import_file(payload: dict[str, Any], context: JobContext) -> dict[str, Any]:
    """Make a data set of a file, and return ``{dataset, version, samples}``. The file stays as it is.

    Parameters
    ----------
    payload
        See :class:`FileImportSpec`.
    context
        The job's run folder and progress.

    Raises
    ------
    JobSpecError, InvalidInputError, ConflictError
        When the payload cannot be used, there is no such file, or the id is taken.
    ArchiveError, DatasetError
        When the file cannot be taken; nothing is kept then.
    """
    spec = read_payload(FileImportSpec, payload, KIND)

    from patholearn_lab.datasets.library import DatasetLibrary
    from patholearn_lab.jobs.folder import RunFolder
    from patholearn_lab.paths import DataPaths

    file = Path(spec.file)
    if not file.is_file():
        raise InvalidInputError(f"There is no file {spec.file!r} on the server's machine.", "Look at its path.")
    library = DatasetLibrary(DataPaths(context.data_root))
    library.ensure_free(spec.dataset)
    owner = RunFolder(context.folder).spec()["owner"]
    manifest = library.import_archive(
        file, spec.dataset, progress=context, owner=owner, file_name=file.name, choices=spec.choices
    )
    return {"dataset": manifest.id, "version": manifest.version, "samples": manifest.total}
