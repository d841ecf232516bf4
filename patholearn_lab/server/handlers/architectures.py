"""Drawn networks: the catalogue, the templates, the check, the cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from pydantic import BaseModel, Field
from tornado import web

from patholearn_lab.client.models import MergeRequest, ReadRequest
from patholearn_lab.server.base import JsonHandler

if TYPE_CHECKING:
    from patholearn_lab.codegen.forms import Form
    from patholearn_lab.graph.generator import Complexity, Preference
    from patholearn_lab.graph.inputs import Task
    from patholearn_lab.graph.zoo import Library


class TemplateQuery(BaseModel):
    """The data set that the template is fitted to."""

    dataset: str | None = None


class EmitQuery(BaseModel):
    """The form of the code."""

    form: str = "cell"


class GenerateQuery(BaseModel):
    """What the network is for, and how it shall be."""

    dataset: str
    complexity: str = "medium"
    prefer: str = "fast"
    task: str | None = None


class NetworksQuery(BaseModel):
    """Which whole networks."""

    library: str
    text: str = Field(default="", max_length=200)
    pretrained: bool | None = None
    limit: int = 50


class CatalogHandler(JsonHandler):
    """``/architectures/catalog``."""

    @web.authenticated
    async def get(self) -> None:
        """Answer with the kinds of nodes."""
        self.answer(await self.call(self.client.architectures.catalog))


class TemplatesHandler(JsonHandler):
    """``/architectures/templates``."""

    @web.authenticated
    async def get(self) -> None:
        """Answer with the ready architectures."""
        self.answer_list(await self.call(self.client.architectures.templates))


class TemplateHandler(JsonHandler):
    """``/architectures/templates/{name}``."""

    @web.authenticated
    async def get(self, name: str) -> None:
        """Answer with a ready architecture."""
        from patholearn_lab.graph.document import document_to_dict

        wanted = self.read_query(TemplateQuery)
        document = await self.call(self.client.architectures.template, name, wanted.dataset)
        self.answer(document_to_dict(document))


class NetworksHandler(JsonHandler):
    """``/architectures/networks``."""

    @web.authenticated
    async def get(self) -> None:
        """Answer with whole networks by name."""
        wanted = self.read_query(NetworksQuery)
        find, library = self.client.architectures.networks, cast("Library", wanted.library)
        self.answer_list(await self.call(find, library, wanted.text, wanted.pretrained, wanted.limit))


class CheckHandler(JsonHandler):
    """``/architectures/check``."""

    @web.authenticated
    async def post(self) -> None:
        """Answer with shapes, costs and issues."""
        self.answer(await self.call(self.client.architectures.check, self.read_json()))


class EmitHandler(JsonHandler):
    """``/architectures/emit``."""

    @web.authenticated
    async def post(self) -> None:
        """Answer with the cell, or another form of the code."""
        wanted = self.read_query(EmitQuery)
        self.answer(await self.call(self.client.architectures.emit, self.read_json(), cast("Form", wanted.form)))


class GenerateHandler(JsonHandler):
    """``/architectures/generate``."""

    @web.authenticated
    async def get(self) -> None:
        """Answer with a network for a data set, and its reasons."""
        wanted = self.read_query(GenerateQuery)
        make = self.client.architectures.generate
        complexity, prefer = cast("Complexity", wanted.complexity), cast("Preference", wanted.prefer)
        task = cast("Task | None", wanted.task)
        self.answer(await self.call(make, wanted.dataset, complexity, prefer, task))


class ReadHandler(JsonHandler):
    """``/architectures/read``."""

    @web.authenticated
    async def post(self) -> None:
        """Answer with the graph of a cell."""
        wanted = self.read_body(ReadRequest)
        self.answer(await self.call(self.client.architectures.read, wanted.code, wanted.document))


class MergeHandler(JsonHandler):
    """``/architectures/merge``."""

    @web.authenticated
    async def post(self) -> None:
        """Answer with the cell after a change of its graph."""
        wanted = self.read_body(MergeRequest)
        merged = await self.call(self.client.architectures.merge, wanted.code, wanted.document, wanted.changed)
        self.answer(merged)
