"""Data sets that are looked after: changed, judged, mended."""

from __future__ import annotations

from pydantic import BaseModel, Field
from tornado import web

from patholearn_lab.client.models import AugmentationRequest, DatasetFolder, PreviewRequest
from patholearn_lab.datasets.manifest import Split
from patholearn_lab.errors import InvalidInputError
from patholearn_lab.server.base import JsonHandler


class VersionsHandler(JsonHandler):
    """``/datasets/{id}/versions``."""

    @web.authenticated
    async def get(self, id: str) -> None:
        """Answer with the cards of all versions."""
        self.answer_list(await self.call(self.client.datasets.versions, id))

    @web.authenticated
    async def post(self, id: str) -> None:
        """Make a further version by a change."""
        change = self.read_json()
        if not isinstance(change, dict):
            raise InvalidInputError("The change is no JSON object.", 'Send for example {"kind": "divide", "folds": 5}.')
        self.answer(await self.call(self.client.datasets.change, id, change), 201)


class ReviewQuery(BaseModel):
    """Which model is asked, about which samples; `limit` is how many doubts come back."""

    model: str
    version: int | None = Field(None, ge=1)
    split: Split | None = None
    limit: int = Field(50, ge=1, le=500)


class ReviewHandler(JsonHandler):
    """``/datasets/{id}/review``."""

    @web.authenticated
    async def get(self, id: str) -> None:
        """Answer with the labels that are worth a look."""
        asked = self.read_query(ReviewQuery)
        review = self.client.datasets.review
        self.answer(await self.call(review, id, asked.model, asked.version, asked.split, asked.limit))


class AugmentationsHandler(JsonHandler):
    """``/datasets/{id}/augmentations``."""

    @web.authenticated
    async def post(self, id: str) -> None:
        """Answer with an augmentation in all its forms."""
        asked = self.read_body(AugmentationRequest)
        self.answer(await self.call(self.client.datasets.augmentation, id, asked.augmentation))


class PreviewsHandler(JsonHandler):
    """``/datasets/{id}/previews``."""

    @web.authenticated
    async def post(self, id: str) -> None:
        """Answer with a picture of what an augmentation does."""
        asked = self.read_body(PreviewRequest)
        preview = self.client.datasets.preview
        picture = await self.call(preview, id, asked.augmentation, asked.samples, asked.copies, asked.seed)
        self.finish(picture, set_content_type="image/png")


class FolderQuery(BaseModel):
    """Which version; the newest where none is named."""

    version: int | None = Field(None, ge=1)


class FolderHandler(JsonHandler):
    """``/datasets/{id}/folder``."""

    @web.authenticated
    async def get(self, id: str) -> None:
        """Answer with the folder of a data set, for kernels on the same machine."""
        store = await self.call(self.client.datasets.open, id, self.read_query(FolderQuery).version)
        self.answer(DatasetFolder(folder=str(store.folder.resolve())))
