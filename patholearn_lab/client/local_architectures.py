"""Drawn networks, in this process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from patholearn_lab.errors import DatasetNotFoundError

if TYPE_CHECKING:
    from patholearn_lab.client.versions import GraphComparison
    from patholearn_lab.codegen.cell import EmittedCell, Merged, ReadBack
    from patholearn_lab.codegen.forms import Form
    from patholearn_lab.graph.document import Document
    from patholearn_lab.graph.generator import Complexity, Generated, Preference
    from patholearn_lab.graph.inputs import DatasetLookup, DatasetShape, Task
    from patholearn_lab.graph.issues import CheckResult
    from patholearn_lab.graph.limits import Limits
    from patholearn_lab.graph.templates import TemplateCard
    from patholearn_lab.graph.zoo import Library
    from patholearn_lab.graph.zoo.search import NetworkCard


class LocalArchitectures:
    """Drawn networks, checked and emitted in this process."""

    def __init__(self, lookup: DatasetLookup, limits: Limits) -> None:
        self._lookup = lookup
        self._limits = limits

    def catalog(self) -> dict[str, Any]:
        """Return the catalogue of node kinds."""
        from patholearn_lab.graph.catalog import catalog_json

        return catalog_json()

    def templates(self) -> list[TemplateCard]:
        """Return the ready architectures."""
        from patholearn_lab.graph.templates import templates

        return templates()

    def template(self, name: str, dataset: str | None = None) -> Document:
        """Return a ready architecture, fitted to a data set where one is given."""
        from patholearn_lab.graph.templates import template

        if dataset is not None:
            self._shape(dataset)
        return template(name, dataset, self._lookup)

    def networks(
        self, library: Library, text: str = "", pretrained: bool | None = None, limit: int = 50
    ) -> list[NetworkCard]:
        """Return the whole networks of a library that somebody may mean."""
        from patholearn_lab.graph.zoo.search import search

        return search(library, text, pretrained, limit)

    def check(self, document: Document | Mapping[str, Any]) -> CheckResult:
        """Return the shapes, the costs and the issues of a graph."""
        from patholearn_lab.graph.check import check

        return check(_document(document), self._lookup, self._limits)

    def emit(self, document: Document | Mapping[str, Any], form: Form = "cell") -> EmittedCell:
        """Return the cell that a graph becomes, or another form of its code."""
        from patholearn_lab.codegen.forms import emit

        return emit(_document(document), self._lookup, form, self._limits)

    def generate(
        self, dataset: str, complexity: Complexity = "medium", prefer: Preference = "fast", task: Task | None = None
    ) -> Generated:
        """Return a whole network for a data set, with its reasons."""
        from patholearn_lab.graph.generator import generate

        return generate(self._shape(dataset), complexity, prefer, task)

    def read(self, code: str, document: Document | Mapping[str, Any]) -> ReadBack:
        """Return the graph that an edited cell describes. The cell is parsed, never run."""
        from patholearn_lab.codegen import read_graph

        return read_graph(code, _document(document), self._lookup)

    def merge(self, code: str, document: Document | Mapping[str, Any], changed: Document | Mapping[str, Any]) -> Merged:
        """Return an edited cell with a change of its graph put in: from `document` to `changed`."""
        from patholearn_lab.codegen import merge_cell

        return merge_cell(code, _document(document), _document(changed), self._lookup)

    def compare(self, before: Document | Mapping[str, Any], after: Document | Mapping[str, Any]) -> GraphComparison:
        """Return what leads from one drawing to another, in words and as a picture."""
        from patholearn_lab.client.versions import compare

        return compare(_document(before), _document(after))

    def _shape(self, dataset: str) -> DatasetShape:
        shape = self._lookup(dataset)
        if shape is None:
            raise DatasetNotFoundError(
                f"There is no data set called {dataset!r}.", "client.datasets.list() lists them.", id=dataset
            )
        return shape


def _document(document: Document | Mapping[str, Any]) -> Document:
    from patholearn_lab.graph.document import Document, read_document

    return document if isinstance(document, Document) else read_document(document)
