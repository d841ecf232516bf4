"""How quickly a long run is opened, and its log written, searched and followed: python tests/benchmarks/curves.py.

Prints a table; the last line is one JSON object.

``open_1e6_points_ms``
    A run of a million points opened with thinned curves: from its file, and once more from what was kept.
``log_lines_per_s``
    Lines that the supervisor's log takes, in two streams; counted afterwards, with their order.
``tail_latency_p95_ms``
    From a line being written to the follower telling of it.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from patholearn_lab.jobs.curve_reader import CurveReader
from patholearn_lab.jobs.folder import RunFolder
from patholearn_lab.jobs.follow import Follower
from patholearn_lab.jobs.jsonl import read_lines
from patholearn_lab.jobs.models import LogFilter
from patholearn_lab.jobs.output import OutputLog
from patholearn_lab.jobs.reading import read_job
from patholearn_lab.jobs.searching import search_log

POINTS, LINES, LOOKS = 1_000_000, 200_000, 60


def main() -> None:
    """Measure and print."""
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        figures |= open_long_run(folder_of(Path(scratch), "long"))
        figures |= write_log(folder_of(Path(scratch), "loud"))
        figures |= follow_log(folder_of(Path(scratch), "live"))
    for name, value in figures.items():
        print(f"{name:28} {value:>12,}")
    print(json.dumps(figures))


def folder_of(root: Path, name: str) -> RunFolder:
    """Return the folder of a running job."""
    runs, scratch = root / "runs", root / "scratch"
    runs.mkdir(exist_ok=True)
    scratch.mkdir(exist_ok=True)
    spec = {
        "kind": "training", "name": name, "owner": "ada", "visibility": "private", "labels": {}, "payload": {},
        "created_at": datetime.now(UTC).isoformat(), "tries": 1,
    }  # fmt: skip
    folder = RunFolder.create(runs / name, scratch, spec)
    assert folder.begin_session()
    assert folder.move_to("running")
    return folder


def open_long_run(folder: RunFolder) -> dict[str, float]:
    """Time the first and the second look at a million points in four curves."""
    began = datetime.now(UTC)
    with folder.metrics.open("w") as file:
        for seq in range(POINTS):
            at = (began + timedelta(milliseconds=seq)).isoformat(timespec="microseconds")
            file.write(
                f'{{"seq":{seq + 1},"name":"train_loss_{seq % 4}_step","value":{1 / (seq + 1)},"step":{seq},'
                f'"epoch":{seq // 10_000},"time":"{at}"}}\n'
            )
    reader = CurveReader()
    first = timed(lambda: reader.read(folder, 2000))
    again = timed(lambda: reader.read(folder, 2000))
    assert sum(curve.total for curve in reader.read(folder, 2000).curves.values()) == POINTS
    return {"open_1e6_points_ms": round(first, 1), "open_1e6_points_again_ms": round(again, 1)}


def write_log(folder: RunFolder) -> dict[str, float]:
    """Write lines of both streams as pipes give them, and count them again; then search them."""
    log = OutputLog(folder)
    piece = b"".join(b"Epoch %d: train_loss=0.1234 valid_loss=0.2345\n" % number for number in range(200))
    spent = timed(lambda: [log.feed("stdout" if turn % 2 else "stderr", piece) for turn in range(LINES // 200)])
    log.close()
    lines = read_lines(folder.log)
    assert [line["seq"] for line in lines] == list(range(1, LINES + 1))
    found = timed(lambda: search_log(folder.log, 0, 10_000, wanted=LogFilter(regex=r"Epoch 19\d:")))
    older = timed(lambda: search_log(folder.log, -200, 200))
    return {
        "log_lines_per_s": round(LINES / spent * 1000),
        "log_lines_lost": LINES - len(lines),
        "search_page_ms": round(found, 1),
        "last_200_lines_ms": round(older, 1),
    }


def follow_log(folder: RunFolder) -> dict[str, float]:
    """Write a line now and then, and time until the follower tells of it."""
    told = threading.Event()
    log = OutputLog(folder)
    follower = Follower(lambda topic, _data: told.set() if topic.endswith(".log") else None, lambda _job: None)
    with folder.watched():
        follower.add(read_job(folder), folder, from_start=True)
        thread = threading.Thread(target=follower.run)
        thread.start()
        spent = []
        for number in range(LOOKS):
            told.clear()
            began = time.perf_counter()
            log.feed("stdout", b"line %d\n" % number)
            log.flush()
            assert told.wait(10)
            spent.append((time.perf_counter() - began) * 1000)
            # Not in step with the follower's own turns.
            time.sleep(0.013 * (number % 7))
        follower.close()
        thread.join()
    log.close()
    return {"tail_latency_p95_ms": round(statistics.quantiles(spent, n=20)[18], 1)}


def timed(action: Any) -> float:
    """Return how many milliseconds `action` takes."""
    began = time.perf_counter()
    action()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
