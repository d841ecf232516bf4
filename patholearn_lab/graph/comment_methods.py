"""What an architecture can do with comments."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from patholearn_lab.errors import ConflictError, PermissionDeniedError
from patholearn_lab.graph.addition import node_in
from patholearn_lab.graph.authors import account
from patholearn_lab.graph.comments import Thread, comment_in, ensure_room, threads_of
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.mends import free_id
from patholearn_lab.graph.operations import Operation, RemoveComment, SetComment


class CommentMethods(ABC):
    """The part of `Architecture` that is about comments."""

    @property
    @abstractmethod
    def document(self) -> Document:
        """The graph as it is now."""

    @abstractmethod
    def apply(self, operations: Iterable[Operation | Mapping[str, Any]]) -> None:
        """Apply operations as one undo step."""

    def comments(self, node: str | None = None, *, resolved: bool | None = None) -> list[Thread]:
        """Return the conversations, the oldest first; print one to read it.

        Parameters
        ----------
        node
            Only those that this node shows: pinned to it, or to a node of the block that it stands for.
        resolved
            Only those that are settled (True) or open (False).
        """
        return [
            thread
            for thread in threads_of(self.document)
            if node in (None, thread.shown_on) and resolved in (None, thread.comment.resolved)
        ]

    def comment(self, node: str, text: str, author: str | None = None) -> str:
        """Pin a comment to a node and return its id.

        Parameters
        ----------
        node
            The id of the node. The comment follows it into a block and out of one, and comes back with it.
        text
            Plain text of 1 to 4,000 characters.
        author
            Who says so; the user of this computer or hub where it is left out.

        Raises
        ------
        NotFoundError
            When there is no such node.
        DocumentError
            When the text is empty or too long.
        TooLargeError
            When the graph has 1,000 comments already.
        """
        node_in(self.document, node)
        return self._say(node, text, author, None)

    def answer_comment(self, comment: str, text: str, author: str | None = None) -> str:
        """Answer a comment, or another answer to it, and return the id of the answer. Raises as `comment` does."""
        said = comment_in(self.document, comment)
        return self._say(said.node, text, author, said.answer_to or comment)

    def resolve_comment(self, comment: str) -> None:
        """Settle a conversation: it is no longer counted, and is read under the resolved ones. Raises NotFoundError."""
        self._settle(comment, resolved=True)

    def reopen_comment(self, comment: str) -> None:
        """Open a conversation again. Raises NotFoundError."""
        self._settle(comment, resolved=False)

    def delete_comment(self, comment: str) -> None:
        """Delete what one wrote oneself, with one's own answers to it.

        Raises
        ------
        NotFoundError
            When there is no such comment.
        PermissionDeniedError
            When somebody else wrote it.
        ConflictError
            When somebody else answered it: that would go as well.
        """
        said, mine = comment_in(self.document, comment), account()
        others = [one for one in self.document.comments.values() if one.answer_to == comment and one.account != mine]
        if said.account != mine:
            raise PermissionDeniedError(
                f"The comment {comment!r} was written by {said.author or 'somebody else'}.",
                "Resolve it, or ask the author to delete it.",
            )
        if others:
            raise ConflictError(
                f"The comment {comment!r} was answered by {others[0].author or 'somebody else'}, "
                "whose words would go with it.",
                "Resolve it instead.",
            )
        self.apply([RemoveComment(id=comment)])

    def _say(self, node: str, text: str, author: str | None, answer_to: str | None) -> str:
        ensure_room(self.document)
        key = free_id(self.document.comments, "comment")
        me = account()
        said = {
            "node": node,
            "text": text.strip(),
            "author": author or me,
            "account": me,
            "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "answer_to": answer_to,
        }
        self.apply([{"op": "setComment", "id": key, "comment": said}])
        return key

    def _settle(self, comment: str, *, resolved: bool) -> None:
        said = comment_in(self.document, comment)
        first = said.answer_to or comment
        settled = comment_in(self.document, first).model_copy(update={"resolved": resolved})
        self.apply([SetComment(id=first, comment=settled)])
