"""The curves of runs, thinned to what a screen can show: read once, and then only what was appended.

A run may have a million points. They are parsed into columns of numbers, which are kept for the runs that were looked
at last; what a client asks for is the smallest and the largest value of each stretch.
"""

from __future__ import annotations

import re
import threading
from array import array
from collections import OrderedDict
from datetime import datetime
from typing import TYPE_CHECKING

from patholearn_lab.jobs.folder import RunFolder
from patholearn_lab.jobs.models import CurveFigure, CurvePage, CurvePoints

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RUNS_KEPT = 24
"""So many runs can be compared without reading any twice; a point takes 32 bytes."""
_READ = 8_000_000
# As `JobContext` writes them. A name with a quotation mark or a backslash is escaped, and read below.
_LINE = re.compile(
    rb'^\{"seq":(\d+),"name":"([^"\\]*(?:\\.[^"\\]*)*)","value":([^,]+),"step":(\d+),"epoch":(\d+|null),"time":"([^"]+)"',
    re.M,
)
_SMALLER_IS_BETTER = re.compile(r"loss|error|mae|mse|rmse|hausdorff|distance", re.IGNORECASE)


class _Column:
    """The finite points of one metric."""

    def __init__(self) -> None:
        self.steps = array("q")
        self.epochs = array("q")
        self.times = array("d")
        self.values = array("d")

    def thinned(self, points: int) -> CurvePoints:
        import numpy as np

        from patholearn_lab.jobs.thinning import kept

        chosen = kept(np.array(self.values), points)

        def taken(numbers: array[float] | array[int]) -> NDArray[np.generic]:
            return np.array(numbers)[chosen]

        epochs = [epoch if epoch >= 0 else None for epoch in taken(self.epochs).tolist()]
        return CurvePoints(
            steps=taken(self.steps).tolist(),
            epochs=epochs,
            times=taken(self.times).tolist(),
            values=taken(self.values).tolist(),
            total=len(self.values),
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
        names: dict[bytes, _Column] = {}
        found = _LINE.findall(content)
        if found:
            self.seq = max(self.seq, int(found[-1][0]))
        for _seq, name, value, step, epoch, time in found:
            if value == b"null":
                continue
            column = names.get(name)
            if column is None:
                column = names[name] = self.columns.setdefault(_plain(name), _Column())
            column.steps.append(int(step))
            column.epochs.append(-1 if epoch == b"null" else int(epoch))
            column.times.append(datetime.fromisoformat(time.decode()).timestamp())
            column.values.append(float(value))


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
            figures = [_figure(name, run.columns[name]) for name in curves if not name.endswith("_step")]
            return CurvePage(curves=curves, figures=tuple(figures), next=run.seq)

    def forget(self, run_id: str) -> None:
        """Let go of a run that was deleted."""
        with self._lock:
            self._runs.pop(run_id, None)


def _figure(name: str, column: _Column) -> CurveFigure:
    better = min if _SMALLER_IS_BETTER.search(name) else max
    best = better(range(len(column.values)), key=column.values.__getitem__)
    epochs = [epoch + 1 if epoch >= 0 else None for epoch in (column.epochs[-1], column.epochs[best])]
    return CurveFigure(
        name=name, last=column.values[-1], last_epoch=epochs[0], best=column.values[best], best_epoch=epochs[1]
    )


def _plain(name: bytes) -> str:
    import json

    text: str = json.loads(b'"' + name + b'"')
    return text
