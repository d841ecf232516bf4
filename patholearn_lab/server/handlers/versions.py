"""The history of drawings, and the drawings of runs."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict
from tornado import web

from patholearn_lab.errors import InvalidInputError
from patholearn_lab.server.base import JsonHandler


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SaveRequest(_Request):
    """The drawing to keep, what to call it, and why it is kept."""

    document: dict[str, Any]
    name: str
    note: str = ""


class EditRequest(_Request):
    """Another name or note; what is None stays."""

    name: str | None = None
    note: str | None = None


class ForkRequest(_Request):
    """What the new drawing is called."""

    name: str


class CompareRequest(_Request):
    """Two drawings, the older one first."""

    before: dict[str, Any]
    after: dict[str, Any]


class DocumentHandler(JsonHandler):
    """Answers with drawings as they stand in files."""

    def answer_document(self, document: Any, status: int = 200) -> None:
        """Finish with a drawing."""
        from patholearn_lab.graph.document import document_to_dict

        self.answer(document_to_dict(document), status)


class VersionsHandler(JsonHandler):
    """``/versions/{graph}``."""

    @web.authenticated
    async def get(self, graph: str) -> None:
        """Answer with the versions of a drawing."""
        self.answer_list(await self.call(self.client.versions.list, graph))

    @web.authenticated
    async def post(self, graph: str) -> None:
        """Keep a drawing, and answer with its version."""
        from patholearn_lab.graph.document import read_document

        wanted = self.read_body(SaveRequest)
        document = read_document(wanted.document)
        if document.meta.id != graph:
            raise InvalidInputError(
                f"The drawing has the id {document.meta.id!r}, and the address says {graph!r}.",
                "Send it to the address of its own id.",
            )
        self.answer(await self.call(self.client.versions.save, document, wanted.name, wanted.note), 201)


class VersionHandler(JsonHandler):
    """``/versions/{graph}/{id}``."""

    @web.authenticated
    async def get(self, graph: str, id: str) -> None:
        """Answer with what is known about a version."""
        self.answer(await self.call(self.client.versions.get, graph, id))

    @web.authenticated
    async def post(self, graph: str, id: str) -> None:
        """Call a version something else."""
        wanted = self.read_body(EditRequest)
        self.answer(await self.call(self.client.versions.edit, graph, id, wanted.name, wanted.note))

    @web.authenticated
    async def delete(self, graph: str, id: str) -> None:
        """Delete a version."""
        await self.call(self.client.versions.delete, graph, id)
        self.answer_nothing()


class VersionDocumentHandler(DocumentHandler):
    """``/versions/{graph}/{id}/document``."""

    @web.authenticated
    async def get(self, graph: str, id: str) -> None:
        """Answer with the drawing as it was."""
        self.answer_document(await self.call(self.client.versions.open, graph, id))


class VersionForksHandler(DocumentHandler):
    """``/versions/{graph}/{id}/forks``."""

    @web.authenticated
    async def post(self, graph: str, id: str) -> None:
        """Answer with a new drawing that begins as a version was."""
        wanted = self.read_body(ForkRequest)
        self.answer_document(await self.call(self.client.versions.fork, graph, id, wanted.name), 201)


class RunDrawingHandler(DocumentHandler):
    """``/jobs/{id}/drawing``."""

    @web.authenticated
    async def get(self, id: str) -> None:
        """Answer with the drawing that a run was started with."""
        self.answer_document(await self.call(self.client.jobs.drawing, id))


class RunForksHandler(DocumentHandler):
    """``/jobs/{id}/forks``."""

    @web.authenticated
    async def post(self, id: str) -> None:
        """Answer with a new drawing that begins as the one of a run."""
        wanted = self.read_body(ForkRequest)
        self.answer_document(await self.call(self.client.jobs.fork, id, wanted.name), 201)


class CompareHandler(JsonHandler):
    """``/architectures/compare``."""

    @web.authenticated
    async def post(self) -> None:
        """Answer with what leads from one drawing to another."""
        wanted = self.read_body(CompareRequest)
        self.answer(await self.call(self.client.architectures.compare, wanted.before, wanted.after))
