"""Data sets: cards, samples, pictures."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, Field
from tornado import web

from patholearn_lab.client.models import BuiltinRequest
from patholearn_lab.datasets.card import CardEdits
from patholearn_lab.datasets.manifest import Looks, Split
from patholearn_lab.errors import SampleNotFoundError
from patholearn_lab.server.base import JsonHandler

PICTURE_AGE_S = 3600
"""How long a browser may keep a picture. A data set that was deleted and made anew under its id may differ."""


class SamplesQuery(BaseModel):
    """Which samples; `after` is how many to pass over."""

    split: Split | None = None
    class_name: str | None = None
    after: int = Field(0, ge=0)
    limit: int = Field(24, ge=1, le=500)
    text: str = Field("", max_length=200)
    looks: Looks | None = None


class DatasetsHandler(JsonHandler):
    """``/datasets``."""

    @web.authenticated
    async def get(self) -> None:
        """Answer with the cards of all stored data sets."""
        self.answer_list(await self.call(self.client.datasets.list))

    @web.authenticated
    async def post(self) -> None:
        """Make a built-in data set."""
        wanted = self.read_body(BuiltinRequest)
        create = self.client.datasets.create_builtin
        self.answer(await self.call(create, wanted.builtin, wanted.id, **wanted.parameters), 201)


class BuiltinsHandler(JsonHandler):
    """``/datasets/builtins``."""

    @web.authenticated
    async def get(self) -> None:
        """Answer with the data sets that come with the package."""
        self.answer_list(await self.call(self.client.datasets.builtins))


class DatasetHandler(JsonHandler):
    """``/datasets/{id}``."""

    @web.authenticated
    async def get(self, id: str) -> None:
        """Answer with one card."""
        self.answer(await self.call(self.client.datasets.get, id))

    @web.authenticated
    async def delete(self, id: str) -> None:
        """Delete a data set."""
        await self.call(self.client.datasets.delete, id)
        self.answer_nothing()


class CardHandler(JsonHandler):
    """``/datasets/{id}/card``."""

    @web.authenticated
    async def post(self, id: str) -> None:
        """Say something else about a data set."""
        edits = self.read_body(CardEdits)
        self.answer(await self.call(self.client.datasets.edit, id, **edits.said()))


class ComparisonQuery(BaseModel):
    """Which two versions."""

    before: int = Field(ge=1)
    after: int = Field(ge=1)


class ComparisonHandler(JsonHandler):
    """``/datasets/{id}/comparison``."""

    @web.authenticated
    async def get(self, id: str) -> None:
        """Answer with what is different in a later version."""
        wanted = self.read_query(ComparisonQuery)
        self.answer(await self.call(self.client.datasets.compare, id, wanted.before, wanted.after))


class SamplesHandler(JsonHandler):
    """``/datasets/{id}/samples``."""

    @web.authenticated
    async def get(self, id: str) -> None:
        """Answer with a page of samples."""
        wanted = self.read_query(SamplesQuery)
        samples = self.client.datasets.samples
        self.answer(await self.call(samples, id, **wanted.model_dump()))


class ExportQuery(BaseModel):
    """The format, one of ``datasets.exporting.EXPORTERS``."""

    format: str = "folders"


class ExportHandler(JsonHandler):
    """``/datasets/{id}/export``."""

    @web.authenticated
    async def get(self, id: str) -> None:
        """Answer with the whole data set as one file."""
        wanted = self.read_query(ExportQuery)
        with tempfile.TemporaryDirectory(dir=self.app.services.paths.scratch, prefix="export-") as folder:
            path = Path(folder) / "export"
            await self.call(self.client.datasets.export, id, path, wanted.format)
            await self.answer_file(path, "application/zip")  # a .npz is one too


class _PictureHandler(JsonHandler):
    async def answer_picture(self, read: Callable[[str, int], bytes], id: str, index: str) -> None:
        if not (index.isascii() and index.isdecimal()) or len(index) > 9:
            raise SampleNotFoundError(
                f"The data set {id!r} has no sample {index!r}.", "Samples are numbered from 0.", id=id
            )
        picture = await self.call(read, id, int(index))
        # Only this user's browser may keep it; the ETag, which tornado makes, saves sending it again.
        self.set_header("Cache-Control", f"private, max-age={PICTURE_AGE_S}")
        self.finish(picture, set_content_type="image/png")


class ImageHandler(_PictureHandler):
    """``/datasets/{id}/samples/{index}/image``."""

    @web.authenticated
    async def get(self, id: str, index: str) -> None:
        """Answer with a sample's image."""
        await self.answer_picture(self.client.datasets.image, id, index)


class MaskHandler(_PictureHandler):
    """``/datasets/{id}/samples/{index}/mask``."""

    @web.authenticated
    async def get(self, id: str, index: str) -> None:
        """Answer with a sample's mask."""
        await self.answer_picture(self.client.datasets.mask, id, index)
