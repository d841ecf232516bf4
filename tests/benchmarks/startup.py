"""How long the package and the server extension take to load, each in a fresh process; the last line is JSON.

Keys: ``import_s`` is ``import patholearn_lab``; ``server_load_s`` is what the server extension adds to a process
that has jupyter_server already, as a Jupyter server has. Both are medians of nine runs, and neither may bring in torch,
dask or onnxruntime.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys

HEAVY = ("torch", "dask", "onnxruntime", "distributed", "lightning")
RUNS = 9

_TIMED = """
import sys, time
{before}
start = time.perf_counter()
{statement}
seconds = time.perf_counter() - start
print(seconds, *[name for name in {heavy!r} if name in sys.modules])
"""


def seconds_of(statement: str, before: str = "") -> float:
    """Return the median time of a statement in a fresh process; it must not load a heavy package."""
    times = []
    for _ in range(RUNS):
        code = _TIMED.format(before=before, statement=statement, heavy=HEAVY)
        printed = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.split()
        if len(printed) > 1:
            raise SystemExit(f"{statement!r} loaded {', '.join(printed[1:])}")
        times.append(float(printed[0]))
    print(f"{statement:<60} median {statistics.median(times):.3f} s, {min(times):.3f} to {max(times):.3f}")
    return statistics.median(times)


def main() -> None:
    """Measure and print."""
    figures = {
        "import_s": round(seconds_of("import patholearn_lab"), 4),
        "server_load_s": round(
            seconds_of(
                "import patholearn_lab.server.app, patholearn_lab.server.routes",
                before="import jupyter_server.serverapp, jupyter_server.extension.application",
            ),
            4,
        ),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
