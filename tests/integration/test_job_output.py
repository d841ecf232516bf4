"""What jobs print: every line, in order, whoever wrote it."""

from __future__ import annotations

import time

from support.jobs import PATIENCE_S, finished, log_texts

from patholearn_lab.jobs.models import LogFilter
from patholearn_lab.jobs.queue import JobQueue
from patholearn_lab.testing.waiting import eventually


def test_five_megabytes_on_two_streams_keep_their_order(queue: JobQueue) -> None:
    lines = 110_000
    job = queue.submit("print_much", {"lines": lines})
    took_s = []

    def is_over() -> bool:
        asked = time.monotonic()
        queue.list()
        queue.log(job.id, after=-200)
        took_s.append(time.monotonic() - asked)
        return queue.find(job.id).final

    eventually(is_over, PATIENCE_S, every_s=0.1)
    assert max(took_s) < 3, "a job that prints much kept others waiting"
    assert finished(queue, job).state == "done"
    kept = list(queue.log_lines(job.id, LogFilter()))
    assert [line.text for line in kept] == [f"{number} {'x' * 40}" for number in range(lines)]
    assert [line.stream for line in kept] == ["stdout", "stderr"] * (lines // 2)
    assert queue.log(job.id, after=lines).lines == ()
    assert [line.seq for line in queue.log(job.id, after=50_000, limit=2).lines] == [50_001, 50_002]
    assert [line.seq for line in queue.log(job.id, after=-2).lines] == [lines - 1, lines]


def test_output_of_every_origin_comes_into_the_log(queue: JobQueue) -> None:
    job = finished(queue, queue.submit("print_oddly", {}))
    texts = log_texts(queue, job)
    assert texts[0].startswith("aaaa")
    assert texts[0].endswith("(83,616 more bytes of this line were cut off)")
    assert texts[1:3] == ["100%", "not \ufffd text"]
    assert {"from compiled code", "from a program"} < set(texts)
    assert texts[-1] == "no newline at the end"
