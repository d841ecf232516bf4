from __future__ import annotations

import pytest

from patholearn_lab.jobs.endings import ending_of, error_record, give_up, settle
from patholearn_lab.jobs.folder import RunFolder, StopRequest


def test_a_result_counts_whatever_happens_to_the_process_afterwards(folder: RunFolder) -> None:
    folder.write_result({})
    assert ending_of(folder, -11).state == "done"


@pytest.mark.parametrize(
    ("exit_code", "error", "words"),
    [
        (-9, "job_killed", "The job was killed from outside (SIGKILL)."),
        (-11, "job_killed", "The job crashed in compiled code (SIGSEGV)."),
        (-15, "job_killed", "The job was told to end from outside (SIGTERM)."),
        (-6, "job_killed", "The job was ended by SIGABRT."),
        (0, "job_failed", "The job's process ended without a result and without an error (exit code 0)."),
    ],
)
def test_an_end_without_words_is_told_in_plain_ones(folder: RunFolder, exit_code: int, error: str, words: str) -> None:
    ending = ending_of(folder, exit_code)
    assert ending.state == "failed"
    assert ending.error is not None
    assert (ending.error["error"], ending.error["message"]) == (error, words)
    assert ending.error["hint"]


def test_any_end_after_the_wish_to_stop_is_cancelled(folder: RunFolder) -> None:
    folder.ask_to_stop(StopRequest("Stopped on request."))
    assert ending_of(folder, -15).state == "cancelled"
    folder.write_error(error_record("job_failed", "ValueError: x"))
    ending = ending_of(folder, 1)
    assert (ending.state, ending.reason) == ("cancelled", "Stopped on request. It ended with: ValueError: x")


def test_a_job_that_nobody_watches_is_lost_with_a_hint(folder: RunFolder) -> None:
    folder.move_to("preparing")
    folder.move_to("running")
    settle(folder)
    error = folder.error()
    assert folder.state == "lost"
    assert error is not None
    assert "Start the job again." in error["hint"]


def test_a_job_whose_child_had_finished_is_not_lost(folder: RunFolder) -> None:
    folder.move_to("preparing")
    folder.move_to("running")
    folder.write_result({"accuracy": 1.0})
    settle(folder)
    settle(folder)
    assert folder.state == "done"
    assert folder.error() is None


def test_a_job_that_has_ended_is_not_given_up(folder: RunFolder) -> None:
    folder.move_to("cancelled")
    give_up(folder, "The cluster is gone.", "")
    assert folder.state == "cancelled"
    assert folder.error() is None
