"""The error tree: one shape on the way out, the same class on the way back."""

from __future__ import annotations

import pytest

from patholearn_lab import errors
from patholearn_lab.errors import (
    ArchiveError,
    DatasetNotFoundError,
    InvalidInputError,
    NotFoundError,
    PathoLearnError,
    StartupError,
    TooLargeError,
    UnavailableError,
    error_from_dict,
)

ALL = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, PathoLearnError)]


def test_an_error_travels_as_its_code_message_hint_and_details() -> None:
    error = DatasetNotFoundError("There is no data set 'liver'.", "Choose one of: digits.", id="liver")
    assert error.to_dict() == {
        "error": "dataset_not_found",
        "message": "There is no data set 'liver'.",
        "hint": "Choose one of: digits.",
        "details": {"id": "liver"},
    }


@pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.__name__)
def test_every_error_comes_back_as_what_it_was(cls: type[PathoLearnError]) -> None:
    sent = cls("What happened.", "What to do.", file="a.png", line=3)
    received = error_from_dict(sent.to_dict())
    assert type(received) is cls
    assert received.to_dict() == sent.to_dict()


def test_no_two_errors_share_a_code() -> None:
    codes = [cls("").code for cls in ALL]
    assert len(set(codes)) == len(codes)


def test_an_error_of_a_newer_server_comes_back_as_the_root() -> None:
    received = error_from_dict({"error": "not_invented_yet", "message": "Something new.", "details": None})
    assert type(received) is PathoLearnError
    assert received.message == "Something new."
    assert received.hint == ""


def test_the_text_of_an_error_is_its_message_and_then_its_hint() -> None:
    assert str(TooLargeError("The file has 9 GB.", "At most 2 GB.")) == "The file has 9 GB.\nAt most 2 GB."
    assert str(TooLargeError("The file has 9 GB.")) == "The file has 9 GB."


def test_the_users_mistakes_can_be_caught_together() -> None:
    assert issubclass(ArchiveError, InvalidInputError)
    assert issubclass(DatasetNotFoundError, NotFoundError)
    assert issubclass(StartupError, UnavailableError)
