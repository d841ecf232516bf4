"""Comments as the conversations that people read: what began it, and the answers to that in the order of time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from patholearn_lab.errors import NotFoundError, TooLargeError
from patholearn_lab.graph.block import Block, block_of_kind
from patholearn_lab.graph.document import MAX_COMMENTS, Comment, Document


@dataclass(frozen=True)
class Thread:
    """One conversation.

    Parameters
    ----------
    id, comment
        The comment that began it. Whether the conversation is settled is its `resolved`.
    answers
        By their ids, the oldest first.
    shown_on
        The node of the graph that shows it: the one it is pinned to; the block around that node where it was grouped;
        None while the node is gone.
    """

    id: str
    comment: Comment
    answers: Mapping[str, Comment]
    shown_on: str | None

    def __str__(self) -> str:
        """Return the conversation as people read it."""
        state = "resolved" if self.comment.resolved else "open"
        head = f"{self.id} on {self.comment.node} ({state})"
        said = {self.id: self.comment, **self.answers}
        return "\n".join((head, *(f"  {one.author or 'Somebody'}, {one.time}: {one.text}" for one in said.values())))


def threads_of(document: Document) -> list[Thread]:
    """Return all conversations, the oldest first. An answer to what is gone is in none of them."""
    said = sorted(document.comments.items(), key=lambda item: (item[1].time, len(item[0]), item[0]))
    answers: dict[str, dict[str, Comment]] = {key: {} for key, one in said if one.answer_to is None}
    for key, one in said:
        if one.answer_to in answers:
            answers[one.answer_to][key] = one
    return [
        Thread(key, document.comments[key], found, place_of(document, document.comments[key].node))
        for key, found in answers.items()
    ]


def place_of(document: Document, node: str) -> str | None:
    """Return the node that shows what is pinned to `node`: itself, or the use of a block that it went into."""
    if node in document.nodes:
        return node
    uses = (key for key, use in sorted(document.nodes.items()) if _holds(document.blocks, use.kind, node, ()))
    return next(uses, None)


def comment_in(document: Document, comment: str) -> Comment:
    """Return a comment by its id. Raises NotFoundError."""
    found = document.comments.get(comment)
    if found is None:
        raise NotFoundError(f"There is no comment {comment!r}.", "Look at .comments() for those that there are.")
    return found


def ensure_room(document: Document) -> None:
    """Raise TooLargeError where there are as many comments as a document may have."""
    if len(document.comments) >= MAX_COMMENTS:
        raise TooLargeError(
            f"The architecture has {len(document.comments):,} comments; at most {MAX_COMMENTS:,} are kept.",
            "Delete some that are settled.",
            limit=MAX_COMMENTS,
        )


def _holds(blocks: Mapping[str, Block], kind: str, node: str, above: tuple[str, ...]) -> bool:
    name = block_of_kind(kind)
    block = blocks.get(name or "")
    if name is None or block is None or name in above:
        return False
    inner = (other.kind for other in block.nodes.values())
    return node in block.nodes or any(_holds(blocks, other, node, (*above, name)) for other in inner)
