"""Every error that PathoLearn Lab raises on purpose.

::

    PathoLearnError                 shown to people as {error, message, hint}
    ├── InvalidInputError           what was given cannot be used as it is
    │   ├── ArchiveError            an uploaded archive, or one file in it
    │   ├── DatasetError            the content of a data set
    │   ├── DocumentError           an architecture document that cannot be read
    │   ├── CodeError               a cell or script that cannot be used
    │   ├── JobSpecError            what a job was asked to do
    │   └── ImageError              a picture that cannot be decoded or does not fit the model
    ├── NotFoundError               no such thing (any more)
    │   ├── DatasetNotFoundError
    │   ├── SampleNotFoundError
    │   ├── TemplateNotFoundError
    │   ├── JobNotFoundError
    │   └── ModelNotFoundError
    ├── ConflictError               it exists already, is in use, or is in the wrong state
    ├── TooLargeError               over a limit; the message names the limit
    ├── PermissionDeniedError       somebody else's
    ├── UnavailableError            a part is busy or cannot be reached just now
    │   └── StartupError            the server extension cannot start: folder, database, port
    ├── MissingDependencyError      an optional package is not installed; says which extra to install
    └── CancelledError              somebody asked for the work to stop

A message says what happened, to which thing, and the value seen. The hint says what to do about it.
"""

from __future__ import annotations

from typing import Any


class PathoLearnError(Exception):
    """The root: a message for a person, and the way out.

    Parameters
    ----------
    message
        What happened, to which thing, with the value seen.
    hint
        What to do about it, as a sentence.
    details
        Further JSON-serializable facts, for programs (a file name, a line, a limit).
    """

    def __init__(self, message: str, hint: str = "", **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = details

    @property
    def code(self) -> str:
        """The error's name as programs see it: ``DatasetNotFoundError`` is ``dataset_not_found``."""
        name = type(self).__name__.removesuffix("Error")
        return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")

    def to_dict(self) -> dict[str, Any]:
        """Return the one shape in which errors travel: ``{error, message, hint, details}``."""
        return {"error": self.code, "message": self.message, "hint": self.hint, "details": self.details}

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class InvalidInputError(PathoLearnError):
    """What was given cannot be used as it is."""


class ArchiveError(InvalidInputError):
    """An uploaded archive, or one file in it, cannot be taken."""


class DatasetError(InvalidInputError):
    """The content of a data set cannot be used."""


class DocumentError(InvalidInputError):
    """An architecture document cannot be read."""


class CodeError(InvalidInputError):
    """A cell or script cannot be used."""


class JobSpecError(InvalidInputError):
    """A job was asked for something it cannot do."""


class ImageError(InvalidInputError):
    """A picture cannot be decoded or does not fit the model."""


class NotFoundError(PathoLearnError):
    """There is no such thing (any more)."""


class DatasetNotFoundError(NotFoundError):
    """There is no such data set or version of it."""


class SampleNotFoundError(NotFoundError):
    """The data set has no such sample."""


class TemplateNotFoundError(NotFoundError):
    """There is no ready architecture of that name."""


class JobNotFoundError(NotFoundError):
    """There is no such job."""


class ModelNotFoundError(NotFoundError):
    """There is no such model or version of it."""


class ConflictError(PathoLearnError):
    """It exists already, is in use, or is in the wrong state."""


class TooLargeError(PathoLearnError):
    """Something is over a limit; the message names the limit."""


class PermissionDeniedError(PathoLearnError):
    """The thing belongs to somebody else."""


class UnavailableError(PathoLearnError):
    """A part is busy or cannot be reached just now."""


class StartupError(UnavailableError):
    """The server extension cannot start."""


class MissingDependencyError(PathoLearnError):
    """An optional package is not installed."""


class CancelledError(PathoLearnError):
    """Somebody asked for the work to stop."""


def error_from_dict(value: dict[str, Any]) -> PathoLearnError:
    """Rebuild the error that :meth:`PathoLearnError.to_dict` wrote, with its class where it is known."""
    known = {cls("").code: cls for cls in _subclasses(PathoLearnError)}
    cls = known.get(str(value.get("error", "")), PathoLearnError)
    return cls(str(value.get("message", "")), str(value.get("hint", "")), **dict(value.get("details") or {}))


def _subclasses(cls: type[PathoLearnError]) -> list[type[PathoLearnError]]:
    return [cls, *(leaf for child in cls.__subclasses__() for leaf in _subclasses(child))]
