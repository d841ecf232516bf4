"""Documentation names only commands that the command line has."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

from repository.documents import missing, texts

# At the beginning of a line, after an assignment of variables, or alone between backticks.
COMMAND = r"^(?:[A-Z_]+=\S+ )*patholearn ([a-z][a-z -]*[a-z])"


@cache
def is_command(words: str) -> bool:
    """Return whether the command line knows a command; ``--help`` of a real one ends well."""
    finished = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from patholearn_lab.cli.main import main; sys.exit(main())",
            *words.split(),
            "--help",
        ],
        capture_output=True,
        check=False,
        timeout=60,
    )
    return finished.returncode == 0


def test_documentation_names_only_commands_that_exist() -> None:
    assert missing(COMMAND, is_command) == []


def test_commands_are_documented() -> None:
    assert "`patholearn demo`" in texts()[Path("docs/reference/python.md")]


def test_a_command_that_does_not_exist_is_found() -> None:
    assert missing(COMMAND, is_command, {Path("page.md"): "`patholearn nonsense`"}) == ["page.md: nonsense"]
