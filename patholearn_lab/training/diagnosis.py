"""What an exception of the student's cell means, in plain words, with the likely mend and the line.

torch speaks to engineers: "mat1 and mat2 shapes cannot be multiplied (32x784 and 400x10)". The table in
:mod:`patholearn_lab.training.explanations` says the same to a student; what no row fits keeps its own words.
"""

from __future__ import annotations

import difflib
import re
import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

from patholearn_lab.errors import CodeError
from patholearn_lab.training.explanations import EXPLANATIONS, Explanation

TAIL_LINES = 24
_FRAME = re.compile(r'^( *File ")(/[^"\n]+|[A-Za-z]:[^"\n]+)(", line )', re.MULTILINE)


def diagnose(error: BaseException, cell_file: Path) -> CodeError:
    """Return `error`, raised while the cell at `cell_file` ran, as one that a student can act on.

    The result's details: ``line`` (of the cell, counted from 1; None where the cell is not in the traceback),
    ``traceback_tail`` (the last lines, from where the cell comes in), ``exception`` (its name), ``layer`` (the
    torch layer it happened in, or None).
    """
    if isinstance(error, CodeError):
        return error
    if isinstance(error, SyntaxError):
        return diagnose_syntax(error)
    layer = _layer(error.__traceback__)
    explanation = _explain(error)
    message = explanation.sentence if explanation else f"The cell stopped with {_own_words(error)}."
    hint = (
        explanation.hint
        if explanation
        else "The last lines of the traceback show where. Mend the cell and start again."
    )
    if layer is not None and explanation is not None and explanation.about_layer:
        message = f"{message} This happened in {layer}."
    return CodeError(
        message,
        hint,
        line=_line(error.__traceback__, cell_file),
        traceback_tail=_tail(error, cell_file),
        exception=type(error).__name__,
        layer=layer,
    )


def diagnose_syntax(error: SyntaxError | ValueError) -> CodeError:
    """Return why the cell is no Python, with the line."""
    line = error.lineno if isinstance(error, SyntaxError) else None
    text = (error.text or "").strip() if isinstance(error, SyntaxError) else ""
    reason = error.msg if isinstance(error, SyntaxError) else str(error)
    shown = f": {text!r}" if text else ""
    hint = "Look at that line, and at the one before it: a missing bracket, colon or quotation mark is the usual cause."
    if isinstance(error, IndentationError):
        hint = "Lines that belong together begin at the same column; use four spaces for each level."
    elif text.startswith(("%", "!", "?")):
        hint = "Lines that begin with '%' or '!' work in a notebook only. Move them to a cell of their own."
    where = f"line {line} of the cell" if line else "the cell"
    return CodeError(
        f"Python cannot read {where}{shown} ({reason}).",
        hint,
        line=line,
        traceback_tail=traceback.format_exception_only(error)[-1].splitlines(),
        exception=type(error).__name__,
        layer=None,
    )


def _explain(error: BaseException) -> Explanation | None:
    text = str(error)
    for row in EXPLANATIONS:
        match = row.pattern.search(text) if isinstance(error, row.raised) else None
        if match:
            found: dict[str, Any] = {name: value or "" for name, value in match.groupdict().items()}
            found["suggestion"] = _suggestion(error)
            return row.filled(found)
    return None


def _suggestion(error: BaseException) -> str:
    """Return a name that was probably meant where one was mistyped, as the beginning of a hint; else nothing."""
    if isinstance(error, AttributeError) and error.obj is not None:
        names = dir(error.obj)
    elif isinstance(error, NameError):
        names = _names_in_reach(error.__traceback__)
    else:
        return ""
    wanted = error.name or ""
    folded = {name.lower(): name for name in names if not name.startswith("__")}
    close = difflib.get_close_matches(wanted.lower(), folded, n=1, cutoff=0.7)
    return f"Did you mean {folded[close[0]]!r}? " if close else ""


def _names_in_reach(trace: TracebackType | None) -> list[str]:
    if trace is None:
        return []
    while trace.tb_next is not None:
        trace = trace.tb_next
    frame = trace.tb_frame
    return [*frame.f_locals, *frame.f_globals]


def _line(trace: TracebackType | None, cell_file: Path) -> int | None:
    """Return the innermost line of the cell that the traceback passes through."""
    line = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(cell_file):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _layer(trace: TracebackType | None) -> str | None:
    """Return the torch layer whose ``forward`` the exception came out of, as torch prints it."""
    layer = None
    while trace is not None:
        frame = trace.tb_frame
        owner = frame.f_locals.get("self")
        if frame.f_code.co_name == "forward" and type(owner).__module__.startswith("torch.nn.modules"):
            layer = owner
        trace = trace.tb_next
    # A container's text is long, and it is never the culprit.
    return None if layer is None or next(layer.children(), None) is not None else repr(layer)


def _tail(error: BaseException, cell_file: Path) -> list[str]:
    """Return the traceback's last lines, from the first line of the cell on, and no path of this machine."""
    trace = error.__traceback__
    entry = trace
    while entry is not None and entry.tb_frame.f_code.co_filename != str(cell_file):
        entry = entry.tb_next
    lines = traceback.format_exception(type(error), error, entry or trace, chain=False)
    text = "".join(lines).replace(str(cell_file), "cell.py")
    text = _FRAME.sub(lambda match: match[1] + _as_imported(match[2]) + match[3], text)
    return text.splitlines()[-TAIL_LINES:]


def _as_imported(path: str) -> str:
    """Return a module's file as below the folder that Python found it in: ``torch/nn/modules/linear.py``."""
    file = Path(path)
    # The innermost folder: site-packages lies inside the folder of the standard library, which is on the path too.
    homes = [Path(entry) for entry in sys.path if entry and file.is_relative_to(entry)]
    return file.relative_to(max(homes, key=lambda home: len(home.parts))).as_posix() if homes else file.name


def _own_words(error: BaseException) -> str:
    text = str(error).strip().rstrip(".")
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
