"""``patholearn``: the few things that are done without a notebook."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
from collections.abc import Iterator, Sequence
from types import FrameType

from patholearn_lab import __version__
from patholearn_lab.errors import PathoLearnError


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    root = argparse.ArgumentParser(prog="patholearn", description="Draw a network, train it, look inside.")
    root.add_argument("--version", action="version", version=f"patholearn-lab {__version__}")
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")

    datasets = commands.add_parser("datasets", help="list and import data sets").add_subparsers(
        dest="action", required=True, metavar="ACTION"
    )
    datasets.add_parser("list", help="list the stored data sets")
    importing = datasets.add_parser("import", help="import a zip of class folders")
    importing.add_argument("archive", help="the zip file")
    importing.add_argument("--id", required=True, help="the new data set's id: lower-case letters, digits, - _ .")
    importing.add_argument("--name", help="what people call it")

    jobs = commands.add_parser("jobs", help="list jobs").add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = jobs.add_parser("list", help="list the newest jobs")
    listing.add_argument("--limit", type=int, default=20, help="how many (default 20)")

    reproducing = commands.add_parser("reproduce", help="train a run again and say which figures come out again")
    reproducing.add_argument("run", help="the run's id, as 'patholearn jobs list' has it")
    reproducing.add_argument("--anyway", action="store_true", help="also with other versions of the packages")

    schema = commands.add_parser("schema", help="the types that TypeScript shares with Python").add_subparsers(
        dest="action", required=True, metavar="ACTION"
    )
    export = schema.add_parser("export", help="write the generated files of the labextension")
    export.add_argument("--check", action="store_true", help="write nothing; fail where a file is out of date")

    commands.add_parser("doctor", help="look at the installation and say what is wrong with it")
    commands.add_parser("demo", help="the guided journey without a screen; the last line is one JSON object")
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, and return the process' exit status."""
    given = parser().parse_args(arguments)
    try:
        with _ending_in_order():
            return _run(given)
    except PathoLearnError as error:
        print(error, file=sys.stderr)
        return 1


@contextlib.contextmanager
def _ending_in_order() -> Iterator[None]:
    """Let SIGTERM raise SystemExit, so that a command which is terminated still stops what it has started."""

    def end(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)  # a second one must not cut the cleaning up short
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _run(given: argparse.Namespace) -> int:
    # Each command is imported when it is asked for: `patholearn --help` answers at once.
    match given.command, getattr(given, "action", None):
        case "datasets", "list":
            from patholearn_lab.cli.listing import list_datasets

            return list_datasets()
        case "datasets", "import":
            from patholearn_lab.cli.listing import import_dataset

            return import_dataset(given.archive, given.id, given.name)
        case "jobs", "list":
            from patholearn_lab.cli.listing import list_jobs

            return list_jobs(given.limit)
        case "reproduce", _:
            from patholearn_lab.cli.reproducing import reproduce

            return reproduce(given.run, anyway=given.anyway)
        case "schema", _:
            from patholearn_lab.cli.schema import export_schema

            return export_schema(check=given.check)
        case "doctor", _:
            from patholearn_lab.cli.doctor import doctor

            return doctor()
        case _:
            from patholearn_lab.cli.demo import main as demo

            return demo()
