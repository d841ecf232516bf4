"""A change of the graph put into an edited cell: three versions compared statement by statement.

What only the graph changed is taken from the graph, what only the author changed stays, and so do comments, blank
lines, functions and imports of the author's own. Where both changed the same thing, the author's version stays and the
conflict has both.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from difflib import SequenceMatcher

from patholearn_lab.codegen.call_edits import merged_statement
from patholearn_lab.codegen.cell import Conflict, EmittedCell, Merged, ReadBack
from patholearn_lab.codegen.dialect import in_dialect_of
from patholearn_lab.codegen.forms import FORMS, Form, form_of
from patholearn_lab.codegen.lightning import emit_cell
from patholearn_lab.codegen.passages import Cell, Passage, cell_of
from patholearn_lab.codegen.reading import network_class, parse
from patholearn_lab.codegen.to_graph import read_graph
from patholearn_lab.errors import CodeError
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.inputs import DatasetLookup
from patholearn_lab.graph.operations import apply


def merge_cell(edited_code: str, old_document: Document, new_document: Document, lookup: DatasetLookup) -> Merged:
    """Return an edited cell with a change of its graph put in.

    Parameters
    ----------
    edited_code
        The cell as its author left it.
    old_document, new_document
        The graph that the cell was in step with, and the graph now.
    lookup
        Finds the data set.

    Returns
    -------
    Merged
        The cell, and where both had changed the same thing. A cell that nobody edited becomes exactly what `emit`
        gives in the form that the cell has. A network that begins at a constant input keeps its cell, too.

    Raises
    ------
    CodeError
        When one of the graphs has errors, or the cell is no Python.
    TooLargeError
        When the cell has more than 200,000 characters.
    """
    module = parse(edited_code)
    form = form_of(module) if isinstance(module, ast.Module) else "cell"
    base, theirs = (_written(document, lookup, form) for document in (old_document, new_document))
    if isinstance(module, ast.Module) and edited_code != base.code:
        base, theirs = (cell.model_copy(update={"code": in_dialect_of(module, cell.code)}) for cell in (base, theirs))
    if edited_code == base.code:
        return Merged(code=theirs.code)
    if base.code == theirs.code:
        return Merged(code=edited_code)
    if not isinstance(module, ast.Module):
        raise CodeError(
            f"The cell cannot follow the graph. {module.message}", "Mend that line first.", line=module.line
        )
    read = read_graph(edited_code, old_document, lookup)
    versions = (
        cell_of(edited_code, module, network_class(module), read.uses),
        _passages(base, old_document, lookup),
        _passages(theirs, new_document, lookup),
    )
    merger = _Merger(in_step=not read.operations)
    code = merger.cell(*versions).text()
    merged = Merged(code=code, conflicts=tuple(merger.placed(code)))
    if merged.conflicts or _says(code, read, new_document, lookup):
        return merged
    return Merged(code=edited_code, conflicts=(_whole(edited_code, base, theirs),))


def _written(document: Document, lookup: DatasetLookup, form: Form) -> EmittedCell:
    """Return a graph in the form of the edited cell, even where a training would lack its data set."""
    return emit_cell(document, lookup, to_train=False) if form == "cell" else FORMS[form](document, lookup)


def _passages(cell: EmittedCell, document: Document, lookup: DatasetLookup) -> Cell:
    module = parse(cell.code)
    assert isinstance(module, ast.Module)
    return cell_of(cell.code, module, cell.class_name, read_graph(cell.code, document, lookup).uses)


def _says(code: str, read: ReadBack, document: Document, lookup: DatasetLookup) -> bool:
    """Return whether the merged cell gives the new graph, with what its author had changed in the cell before."""
    again = read_graph(code, document, lookup).document
    wanted = apply(document, read.operations)
    return again.nodes == wanted.nodes and set(again.edges.values()) == set(wanted.edges.values())


def _whole(edited: str, base: EmittedCell, theirs: EmittedCell) -> Conflict:
    changed = [line for line in theirs.code.splitlines() if line not in base.code.splitlines()]
    return Conflict(
        line=1,
        yours=edited,
        graph=theirs.code,
        message=(
            "The cell is built differently from what the graph would write, so the change cannot be put into it: "
            f"{'; '.join(line.strip() for line in changed[:3]) or 'lines were taken away'}. "
            "Change it in the cell by hand, or take the graph's cell instead."
        ),
    )


_GONE = "The cell no longer has these lines, but the graph changed them. Remove the node, or copy its lines back."
_TAKEN_AWAY = "You changed these lines in the cell, and the graph took them away. Delete them, or undo it in the graph."
_BOTH = "You changed these lines in the cell, and the graph changed them too. Keep yours, or put its lines there."


class _Merger:
    """Merges passages and collects the conflicts."""

    def __init__(self, *, in_step: bool) -> None:
        self._in_step = in_step
        self._conflicts: list[tuple[Passage | None, Passage | None, str]] = []
        self._saved: list[str] = []

    def cell(self, yours: Cell, base: Cell, theirs: Cell) -> Cell:
        """Return the merged cell."""
        body = self._block(yours.body, base.body, theirs.body)
        below = theirs.below if yours.below == base.below else yours.below
        return Cell(body, [*self._take_saved(), *below])

    def placed(self, code: str) -> list[Conflict]:
        """Return the conflicts, with the lines of the merged cell."""
        found = []
        for yours, graph, message in self._conflicts:
            own = "\n".join(yours.lines) if yours else ""
            place = code.find(own) if own else -1
            line = code.count("\n", 0, place) + 1 if place >= 0 else 1
            nodes = (yours or graph or _NOTHING).nodes
            text = "\n".join(graph.lines) if graph else ""
            found.append(Conflict(line=line, yours=own, graph=text, nodes=nodes, message=message))
        return found

    def _block(self, yours: list[Passage], base: list[Passage], theirs: list[Passage]) -> list[Passage]:
        """Return the passages of a block: those of the base as both left them, and after each what either put there."""
        mine, its = _pairs(base, yours), _pairs(base, theirs)
        mine_new, its_new = _between(yours, mine), _between(theirs, its)
        result: list[Passage] = []
        for place in range(-1, len(base)):
            if place >= 0:
                own = yours[mine[place]] if place in mine else None
                new = theirs[its[place]] if place in its else None
                kept = self._one(own, base[place], new)
                if kept is not None:
                    result.append(self._with_saved(kept))
            keys = {passage.plain for passage in mine_new.get(place, ())}
            result += [self._with_saved(passage) for passage in mine_new.get(place, ())]
            added = [passage for passage in its_new.get(place, ()) if passage.plain not in keys]
            result += [self._with_saved(passage) for passage in added]
        return result

    def _one(self, yours: Passage | None, base: Passage, theirs: Passage | None) -> Passage | None:
        """Return a statement of the base as it is now; None where it is gone."""
        if yours is None:
            if theirs is not None and theirs.plain != base.plain:
                self._conflict(None, theirs, _GONE)
            return None
        if theirs is None:
            if yours.plain != base.plain and not yours.nodes:
                self._conflict(yours, None, _TAKEN_AWAY)
                return yours
            self._saved += [line for line in yours.above if line.strip() and line not in base.above]
            return None
        if yours.body is not None and base.body is not None and theirs.body is not None:
            return self._compound(yours, base, theirs)
        return self._simple(yours, base, theirs)

    def _compound(self, yours: Passage, base: Passage, theirs: Passage) -> Passage:
        head = theirs if yours.lines == base.lines else yours
        body = self._block(yours.body or [], base.body or [], theirs.body or [])
        below = theirs.below if yours.below == base.below else yours.below
        merged = Passage(
            yours.key, _above(yours, base, theirs), head.lines, head.plain, yours.statement, body, below, yours.nodes
        )
        merged.below = [*self._take_saved(), *merged.below]
        return merged

    def _simple(self, yours: Passage, base: Passage, theirs: Passage) -> Passage:
        lines, plain = yours.lines, yours.plain
        if yours.plain == base.plain:
            lines, plain = _same_code(yours, base, theirs), theirs.plain
        elif theirs.plain not in (base.plain, yours.plain):
            statements = (yours.statement, base.statement, theirs.statement)
            merged = merged_statement("\n".join(yours.lines), *statements, in_step=self._in_step)
            if merged is None:
                self._conflict(yours, theirs, _BOTH)
            else:
                lines = merged.split("\n")
        return Passage(
            yours.key, _above(yours, base, theirs), lines, plain, yours.statement, nodes=yours.nodes or theirs.nodes
        )

    def _conflict(self, yours: Passage | None, theirs: Passage | None, message: str) -> None:
        self._conflicts.append((yours, theirs, message))

    def _with_saved(self, passage: Passage) -> Passage:
        """Put comments of the author's that stood above what is gone above what follows."""
        saved = self._take_saved()
        if saved:
            passage.above = [*passage.above, *saved]
        return passage

    def _take_saved(self) -> list[str]:
        saved, self._saved = self._saved, []
        return saved


_NOTHING = Passage("", [], [], "", ast.Pass())


def _above(yours: Passage, base: Passage, theirs: Passage) -> list[str]:
    return theirs.above if yours.above == base.above else yours.above


def _same_code(yours: Passage, base: Passage, theirs: Passage) -> list[str]:
    """Return the lines of a statement whose code only the graph may have changed, with the author's comment behind."""
    if yours.lines == base.lines or theirs.plain == base.plain:
        return theirs.lines if yours.lines == base.lines else yours.lines
    comment = _comment(yours.lines)
    if comment == _comment(base.lines) or not comment:
        return theirs.lines
    *first, last = theirs.lines
    return [*first, f"{last.removesuffix(_comment([last]))}{'' if _comment([last]) else '  '}{comment}"]


def _comment(lines: Sequence[str]) -> str:
    """Return the comment behind the last line of a statement; empty where there is none."""
    last = lines[-1]
    for place, letter in enumerate(last):
        if letter == "#":
            try:
                ast.parse(last[:place].strip() or "pass")
            except SyntaxError:
                continue
            return last[place:]
    return ""


def _pairs(base: list[Passage], other: list[Passage]) -> dict[int, int]:
    """Return which passage of a version is which of the base: by their keys, in order."""
    matcher = SequenceMatcher(
        None, [passage.key for passage in base], [passage.key for passage in other], autojunk=False
    )
    return {
        block.a + offset: block.b + offset for block in matcher.get_matching_blocks() for offset in range(block.size)
    }


def _between(version: list[Passage], pairs: dict[int, int]) -> dict[int, list[Passage]]:
    """Return what a version has beside the base, by the place of the base's passage before it (-1: none)."""
    places = {there: here for here, there in pairs.items()}
    found: dict[int, list[Passage]] = {}
    last = -1
    for index, passage in enumerate(version):
        if index in places:
            last = places[index]
        else:
            found.setdefault(last, []).append(passage)
    return found
