"""The kind of job that downloads a public data set and imports it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from patholearn_lab.jobs.payloads import read_payload

if TYPE_CHECKING:
    from patholearn_lab.jobs.context import JobContext

KIND = "download"


class DownloadSpec(BaseModel):
    """Which public set, and the id that it is stored under."""

    model_config = ConfigDict(extra="forbid")

    public: str
    id: str


def download_public(payload: dict[str, Any], context: JobContext) -> dict[str, Any]:
    """Download a public set, import it, and return ``{dataset, version, samples}``; nothing else is kept.

    Parameters
    ----------
    payload
        See :class:`DownloadSpec`.
    context
        The job's run folder and progress.

    Raises
    ------
    JobSpecError, DatasetNotFoundError, ConflictError
        When the payload cannot be used, there is no such public set, or the id is taken.
    DatasetError, TooLargeError
        When it cannot be downloaded.
    """
    from patholearn_lab.datasets.downloading import download
    from patholearn_lab.datasets.importers import opened_parts
    from patholearn_lab.datasets.library import DatasetLibrary
    from patholearn_lab.datasets.public import find_public
    from patholearn_lab.jobs.folder import RunFolder
    from patholearn_lab.paths import DataPaths

    spec = read_payload(DownloadSpec, payload, KIND)
    public = find_public(spec.public)
    paths = DataPaths(context.data_root)
    library = DatasetLibrary(paths)
    library.ensure_free(spec.id)
    with tempfile.TemporaryDirectory(dir=paths.scratch, prefix="download-") as folder:
        files = download(public, Path(folder), context)
        owner = RunFolder(context.folder).spec()["owner"]
        if len(files) == 1:
            manifest = library.import_archive(files[0], spec.id, progress=context, owner=owner, file_name=files[0].name)
        else:
            said = public.model_dump(include={"name", "classes", "licence", "description"})
            said["source"] = public.homepage
            with opened_parts(files, said, paths.scratch, context) as contents:
                manifest = library.store(
                    contents, spec.id, owner=owner, created_by=f"import of {public.name}", progress=context
                )
    return {"dataset": manifest.id, "version": manifest.version, "samples": manifest.total}
