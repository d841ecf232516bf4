"""A change of a call's arguments, made in a call that somebody wrote in their own way."""

from __future__ import annotations

import ast

from patholearn_lab.codegen.signatures import signature

_PREFIXES = {"nn.": "torch.nn.", "F.": "torch.nn.functional."}


def merged_statement(text: str, yours: ast.stmt, base: ast.stmt, theirs: ast.stmt, *, in_step: bool) -> str | None:
    """Return `yours` with what changed from `base` to `theirs`; None where that cannot be told apart.

    All three assign a call of the same function to the same target. Arguments that did not change stay as they were
    written: a constant's name, a place instead of a keyword, blanks.

    Parameters
    ----------
    text
        The lines of `yours`.
    yours, base, theirs
        The author's statement, the one that it was made from, and the one that the graph wants.
    in_step
        Whether `yours` and `base` are known to mean the same, however they are written.
    """
    calls = [_call(statement) for statement in (yours, base, theirs)]
    own, old, new = calls
    if own is None or old is None or new is None or len({ast.unparse(call.func) for call in calls if call}) > 1:
        return None
    bound = [_bound(call) for call in (own, old, new)]
    if any(arguments is None for arguments in bound):
        return None
    mine, before, after = (arguments or {} for arguments in bound)
    edits: list[tuple[ast.AST, str]] = []
    added: list[str] = []
    removed: list[ast.AST] = []
    for name in {**before, **after}:
        old_text, new_text = _text(before.get(name)), _text(after.get(name))
        if old_text == new_text:
            continue
        held = mine.get(name)
        if not in_step and held is not None and _is_literal(held) and _text(held) != old_text:
            return None  # Both changed this argument.
        if new_text is None:
            if held is not None:
                removed.append(held)
        elif held is not None:
            edits.append((held, new_text))
        elif old_text is None:
            added.append(f"{name}={new_text}")
        else:
            return None
    return _written(text, yours.lineno, own, edits, added, removed)


def _call(statement: ast.stmt) -> ast.Call | None:
    match statement:
        case ast.Assign(value=ast.Call() as call) | ast.Return(value=ast.Call() as call):
            starred = any(isinstance(item, ast.Starred) for item in call.args)
            return None if starred or any(keyword.arg is None for keyword in call.keywords) else call
    return None


def _bound(call: ast.Call) -> dict[str, ast.expr] | None:
    """Return the arguments by their names; by their places where the signature is not known."""
    name = ast.unparse(call.func)
    for short, long in _PREFIXES.items():
        if name.startswith(short):
            name = long + name.removeprefix(short)
    known = signature(name)
    names = list(known.defaults) if known else [f"argument {place}" for place in range(len(call.args))]
    if len(call.args) > len(names):
        return None
    given = dict(zip(names, call.args, strict=False))
    return given | {str(keyword.arg): keyword.value for keyword in call.keywords}


def _text(value: ast.expr | None) -> str | None:
    return None if value is None else ast.unparse(value)


def _is_literal(value: ast.expr) -> bool:
    try:
        ast.literal_eval(value)
    except ValueError:
        return False
    return True


def _written(
    text: str,
    first_line: int,
    call: ast.Call,
    edits: list[tuple[ast.AST, str]],
    added: list[str],
    removed: list[ast.AST],
) -> str | None:
    """Return the text with other arguments: replaced where they stand, taken out, or put at the end."""
    lines = [line.encode() for line in text.split("\n")]
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    whole = b"\n".join(lines)

    def place(line: int, column: int) -> int:
        return starts[line - first_line] + column

    cuts: list[tuple[int, int, bytes]] = []
    for node, new in edits:
        cuts.append((*_span(node, place), new.encode()))
    for node in removed:
        keyword = next((item for item in call.keywords if item.value is node), None)
        start, end = _span(keyword or node, place)
        while start > 0 and whole[start - 1 : start] in (b" ", b"\n"):
            start -= 1
        if whole[start - 1 : start] != b",":
            return None
        cuts.append((start - 1, end, b""))
    if added:
        parts: list[ast.AST] = [*call.args, *call.keywords]
        if not parts:
            return None
        end = max(_span(part, place)[1] for part in parts)
        cuts.append((end, end, b"".join(b", " + part.encode() for part in added)))
    for start, end, new_bytes in sorted(cuts, reverse=True):
        whole = whole[:start] + new_bytes + whole[end:]
    return whole.decode()


def _span(node: ast.AST, place: object) -> tuple[int, int]:
    assert callable(place)
    return (
        place(node.lineno, node.col_offset),  # type: ignore[attr-defined]
        place(node.end_lineno, node.end_col_offset),  # type: ignore[attr-defined]
    )
