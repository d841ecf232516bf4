"""The architecture as a user's object, with its cell: written, read back, and kept in step."""

from __future__ import annotations

from patholearn_lab.codegen.cell import EmittedCell, Merged, ReadBack
from patholearn_lab.codegen.lightning import emit_cell
from patholearn_lab.codegen.merge import merge_cell
from patholearn_lab.codegen.to_graph import read_graph
from patholearn_lab.graph import architecture
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.inputs import DatasetLookup


class Architecture(architecture.Architecture):
    """A network drawn as a graph, and its cell."""

    def to_code(self, lookup: DatasetLookup | None = None) -> EmittedCell:
        """Return the PyTorch cell of the graph. Raises CodeError where the graph has errors."""
        return emit_cell(self.document, lookup or self.lookup)

    def update_from_code(self, code: str, lookup: DatasetLookup | None = None) -> ReadBack:
        """Take what was edited in the cell into the graph, as one undo step; the cell is parsed, never run.

        Returns
        -------
        ReadBack
            What changed, and what the graph cannot show, with lines. With errors among its issues the graph takes what
            it can show; without a network in the cell it stays as it is.
        """
        read = read_graph(code, self.document, lookup or self.lookup)
        self.apply(read.operations)
        return read

    def merge_into_code(self, code: str, before: Document, lookup: DatasetLookup | None = None) -> Merged:
        """Return an edited cell with what changed in the graph since `before` put in.

        Parameters
        ----------
        code
            The cell, with its author's own lines.
        before
            The graph that the cell was in step with: `document` from then.
        lookup
            Finds the data set.

        Raises
        ------
        CodeError
            When one of the graphs has errors, or the cell is no Python.
        """
        return merge_cell(code, before, self.document, lookup or self.lookup)
