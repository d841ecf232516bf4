"""The graph as a PyTorch cell, the cell read without running it, and the TypeScript types of both.

>>> from patholearn_lab.codegen import emit_cell, read_cell
"""

from __future__ import annotations

from patholearn_lab.codegen.cell import CellFacts, CodeIssue, Conflict, EmittedCell, Merged, ReadBack, SyntaxProblem
from patholearn_lab.codegen.lightning import emit_cell
from patholearn_lab.codegen.merge import merge_cell
from patholearn_lab.codegen.reading import read_cell
from patholearn_lab.codegen.to_graph import read_graph

__all__ = [
    "CellFacts",
    "CodeIssue",
    "Conflict",
    "EmittedCell",
    "Merged",
    "ReadBack",
    "SyntaxProblem",
    "emit_cell",
    "merge_cell",
    "read_cell",
    "read_graph",
]
