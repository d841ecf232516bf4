"""``patholearn reproduce``: train a run again, and say which of its figures come out again."""

from __future__ import annotations

from patholearn_lab.client import connect
from patholearn_lab.client.run import Run


def reproduce(run_id: str, *, anyway: bool) -> int:
    """Print the two runs side by side. The exit status is 0 where every figure is equal, else 1."""
    run = Run(connect(), run_id)
    again = run.reproduce(anyway=anyway)
    print(f"Training {run_id} again as {again.id} …", flush=True)
    comparison = run.compare(again.wait())
    print(comparison)
    return 0 if comparison.equal else 1
