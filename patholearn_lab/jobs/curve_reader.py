"""The curves of runs, thinned to what a screen can show: read once, and then only what was appended.

A run may have a million points. They are parsed into columns of numbers, which are kept for the runs that were looked
at last; what a client asks for is the smallest and the largest value of each stretch.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections import OrderedDict, defaultdict
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from patholearn_lab.jobs.folder import RunFolder
from patholearn_lab.jobs.models import CurveFigure, CurvePage, CurvePoints

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RUNS_KEPT = 24
"""So many runs can be compared without reading any twice; a point takes 32 bytes."""
_READ = 500_000
"""Bytes at once: few, so that the points of a piece are sorted while they are still in the processor's cache."""
_SMALLER_IS_BETTER = re.compile(r"loss|error|mae|mse|rmse|hausdorff|distance", re.IGNORECASE)
_NO_EPOCH = -1


class _Point(msgspec.Struct, gc=False):
    """One line, as `JobContext` writes it."""

    seq: int
    name: str
    value: float | None
    step: int
    epoch: int | None
    time: str


_DECODER = msgspec.json.Decoder(_Point)


class _Numbers(NamedTuple):
    """Points as columns: epochs are -1 where there is none, times are seconds since 1970."""

    steps: NDArray[np.int64]
    epochs: NDArray[np.int64]
    times: NDArray[np.float64]
    values: NDArray[np.float64]


class _Column:
    """The finite points of one metric, in pieces as they were read until they are asked for."""

    def __init__(self) -> None:
        self._pieces: list[_Numbers] = []

    def add(self, points: list[_Point]) -> None:
        import numpy as np

        # 26 characters are the time without its zone, which numpy does not take; it is always UTC.
        times = np.array([point.time for point in points], "S26").astype("datetime64[us]")
        self._pieces.append(
            _Numbers(
                np.array([point.step for point in points], np.int64),
                np.array([_NO_EPOCH if point.epoch is None else point.epoch for point in points], np.int64),
                times.astype(np.int64) / 1e6,
                np.array([point.value for point in points], np.float64),
            )
        )

    def _whole(self) -> _Numbers:
        import numpy as np

        if len(self._pieces) > 1:
            self._pieces = [_Numbers(*map(np.concatenate, zip(*self._pieces, strict=True)))]
        return self._pieces[0]

    def thinned(self, points: int) -> CurvePoints:
        from patholearn_lab.jobs.thinning import kept

        numbers = self._whole()
        chosen = kept(numbers.values, points)
        return CurvePoints(
            steps=numbers.steps[chosen].tolist(),
            epochs=[None if epoch == _NO_EPOCH else epoch for epoch in numbers.epochs[chosen].tolist()],
            times=numbers.times[chosen].tolist(),
            values=numbers.values[chosen].tolist(),
            total=len(numbers.values),
        )

    def figure(self, name: str) -> CurveFigure:
        """Return the last and the best value; epochs are counted from 1."""
        _, epochs, _, values = self._whole()
        best = int(values.argmin() if _SMALLER_IS_BETTER.search(name) else values.argmax())
        last_epoch, best_epoch = (None if epoch == _NO_EPOCH else int(epoch) + 1 for epoch in epochs[[-1, best]])
        return CurveFigure(
            name=name, last=float(values[-1]), last_epoch=last_epoch, best=float(values[best]), best_epoch=best_epoch
        )


class _Run:
    """What was read of one run so far."""

    def __init__(self, folder: RunFolder) -> None:
        self._path = folder.metrics
        self._offset = 0
        self.seq = 0
        self.columns: dict[str, _Column] = {}
        self.lock = threading.Lock()

    def read(self) -> None:
        try:
            file = self._path.open("rb")
        except FileNotFoundError:
            return
        with file:
            file.seek(self._offset)
            while content := file.read(_READ):
                whole = content[: content.rfind(b"\n") + 1]
                if not whole:
                    return
                self._take(whole)
                self._offset += len(whole)
                file.seek(self._offset)

    def _take(self, content: bytes) -> None:
        points = _points(content)
        if points:
            self.seq = max(self.seq, points[-1].seq)
        named = defaultdict(list)
        for point in points:
            if point.value is not None:
                named[point.name].append(point)
        for name, of_name in named.items():
            self.columns.setdefault(name, _Column()).add(of_name)


def _points(content: bytes) -> list[_Point]:
    """Return the points of whole lines, without those that a disk has damaged."""
    try:
        return _DECODER.decode_lines(content)
    except msgspec.DecodeError:
        points = []
        for line in content.splitlines():
            with contextlib.suppress(msgspec.DecodeError):
                points.append(_DECODER.decode(line))
        return points


class CurveReader:
    """Reads the curves of runs, and keeps those that were asked for last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: OrderedDict[str, _Run] = OrderedDict()

    def read(self, folder: RunFolder, points: int) -> CurvePage:
        """Return every curve of a run with at most `points` points; smallest and largest values are among them."""
        with self._lock:
            run = self._runs.setdefault(folder.id, _Run(folder))
            self._runs.move_to_end(folder.id)
            while len(self._runs) > RUNS_KEPT:
                self._runs.popitem(last=False)
        with run.lock:
            run.read()
            curves = {name: run.columns[name].thinned(points) for name in sorted(run.columns)}
            figures = [run.columns[name].figure(name) for name in curves if not name.endswith("_step")]
            return CurvePage(curves=curves, figures=tuple(figures), next=run.seq)

    def forget(self, run_id: str) -> None:
        """Let go of a run that was deleted."""
        with self._lock:
            self._runs.pop(run_id, None)
