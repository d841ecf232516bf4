"""Models: listed, asked, deleted."""

from __future__ import annotations

from pydantic import BaseModel, Field
from tornado import web

from patholearn_lab.client.models import OwnRequest, SampleRequest
from patholearn_lab.errors import ImageError, ModelNotFoundError, TooLargeError
from patholearn_lab.server.base import BODY_LIMIT, JsonHandler


class VersionQuery(BaseModel):
    """Which version; the newest where it is left out."""

    version: int | None = Field(None, ge=1)


class ModelsHandler(JsonHandler):
    """``/models``."""

    @web.authenticated
    async def get(self) -> None:
        """Answer with all versions of all models."""
        self.answer_list(await self.call(self.client.models.list))


class ModelHandler(JsonHandler):
    """``/models/{name}``."""

    @web.authenticated
    async def get(self, name: str) -> None:
        """Answer with one manifest."""
        wanted = self.read_query(VersionQuery)
        self.answer(await self.call(self.client.models.get, name, wanted.version))


class ModelVersionHandler(JsonHandler):
    """``/models/{name}/{version}``."""

    @web.authenticated
    async def delete(self, name: str, version: str) -> None:
        """Delete one version."""
        if not (version.isascii() and version.isdecimal()) or len(version) > 9:
            raise ModelNotFoundError(
                f"The model {name!r} has no version {version!r}.", "Versions are numbered from 1.", name=name
            )
        await self.call(self.client.models.delete, name, int(version))
        self.answer_nothing()


class PredictionsHandler(JsonHandler):
    """``/models/{name}/predictions``."""

    @web.authenticated
    async def post(self, name: str) -> None:
        """Ask a model about the picture in the body, or what a JSON body names: a sample, or a picture and a row."""
        version = self.read_query(VersionQuery).version
        models = self.client.models
        if not self.request.headers.get("Content-Type", "").startswith("application/json"):
            self.answer(await self.call(models.predict, name, self._picture(), version))
        elif self._names_picture():
            own = self.read_body(OwnRequest)
            _ensure_small(own.image or b"")
            self.answer(await self.call(models.predict, name, own.image, version, own.features))
        else:
            of = self.read_body(SampleRequest)
            asked = (of.dataset, of.index, of.split, version, of.features)
            self.answer(await self.call(models.predict_sample, name, *asked))

    def _names_picture(self) -> bool:
        body = self.read_json()
        return isinstance(body, dict) and "image" in body

    def _picture(self) -> bytes:
        body: bytes = self.request.body
        if not body:
            raise ImageError("The request holds no picture.", "Send the bytes of a picture file as the body.")
        _ensure_small(body)
        return body


def _ensure_small(picture: bytes) -> None:
    if len(picture) > BODY_LIMIT:
        raise TooLargeError(
            f"The picture has {len(picture) / 1e6:,.1f} MB; {BODY_LIMIT // 1_000_000} MB are taken at most.",
            "Cut out the part that matters, or save it smaller.",
            limit_bytes=BODY_LIMIT,
        )
