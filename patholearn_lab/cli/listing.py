"""``patholearn datasets`` and ``patholearn jobs``: through the same client as the notebooks."""

from __future__ import annotations

from collections.abc import Sequence

from patholearn_lab.client import connect


def list_datasets() -> int:
    """Print the stored data sets."""
    manifests = connect().datasets.list()
    rows = [
        (
            manifest.id,
            manifest.name,
            str(manifest.total),
            f"{manifest.height}×{manifest.width}",
            str(len(manifest.classes)),
        )
        for manifest in manifests
    ]
    _print_table(("id", "name", "images", "size", "classes"), rows, "There are no data sets yet.")
    return 0


def import_dataset(archive: str, id: str, name: str | None) -> int:
    """Import a zip of class folders."""
    manifest = connect().datasets.upload(archive, id, name)
    counts = ", ".join(f"{manifest.count(split)} {split}" for split in manifest.splits)
    print(f"Imported {manifest.id!r}: {counts}; classes {', '.join(manifest.classes)}.")
    return 0


def list_jobs(limit: int) -> int:
    """Print the newest jobs."""
    jobs = connect().jobs.list(limit=limit)
    rows = [(job.id, job.kind, job.name, job.state, f"{job.created_at:%Y-%m-%d %H:%M}") for job in jobs]
    _print_table(("id", "kind", "name", "state", "created (UTC)"), rows, "There are no jobs yet.")
    return 0


def _print_table(head: Sequence[str], rows: Sequence[Sequence[str]], nothing: str) -> None:
    if not rows:
        print(nothing)
        return
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    for row in [head, *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
