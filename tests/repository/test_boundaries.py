"""What may stand only in certain files: the environment at the edges, and no hidden swallowing of errors."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from repository.project import python_files, tree

# Settings enter at the edge, typed and documented; everything below gets them as plain values.
MAY_READ_THE_ENVIRONMENT = {
    Path("patholearn_lab/server/app.py"),
    # A kernel without a server is an edge of its own: connect() builds the services there.
    Path("patholearn_lab/client/discovery.py"),
    # A kernel without a server has no other edge; it asks for the data folder, once.
    Path("patholearn_lab/client/discovery.py"),
    # Who writes a comment: the hub's name of the user, which nobody else tells a kernel; nothing is configured by it.
    Path("patholearn_lab/graph/authors.py"),
    # Runs on a worker, whose GPU was given to it by a variable; nothing is configured by it.
    Path("patholearn_lab/cluster/workers.py"),
    # Hands the environment on to the job's process as it is; nothing is configured by it.
    Path("patholearn_lab/jobs/launch.py"),
    # Masks the secrets of its environment in what the job prints; nothing is configured by it.
    Path("patholearn_lab/jobs/supervisor.py"),
}
EDGES = ("cli", "hub")
NAMES = {"environ", "environb", "getenv", "putenv"}


def reads_of_the_environment(module: ast.Module) -> Iterator[int]:
    """Yield the lines on which a module reads or changes the process environment."""
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute) and node.attr in NAMES:
            if isinstance(node.value, ast.Name) and node.value.id == "os":
                yield node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module == "os" and NAMES & {name.name for name in node.names}:
            yield node.lineno


def swallowed_errors(module: ast.Module) -> Iterator[int]:
    """Yield the lines of handlers that do nothing, and of broad ones that do not raise again."""
    for node in ast.walk(module):
        if not isinstance(node, ast.ExceptHandler):
            continue
        silent = all(isinstance(statement, (ast.Pass, ast.Continue)) for statement in node.body)
        caught = [] if node.type is None else [ast.unparse(part) for part in _parts(node.type)]
        broad = node.type is None or {"Exception", "BaseException"} & set(caught)
        if silent and broad:
            yield node.lineno


def _parts(node: ast.expr) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, ast.Tuple) else [node]


def test_the_environment_is_read_only_at_the_edges() -> None:
    found = [
        f"{file}:{line}"
        for file in python_files("patholearn_lab")
        if file not in MAY_READ_THE_ENVIRONMENT and file.parts[1] not in EDGES
        for line in reads_of_the_environment(tree(file))
    ]
    assert found == []


@pytest.mark.parametrize(
    "code",
    ["import os\nos.environ['A']", "import os\nos.getenv('A')", "from os import environ", "from os import getenv as g"],
)
def test_a_read_of_the_environment_is_found(code: str) -> None:
    assert list(reads_of_the_environment(ast.parse(code)))


def test_no_error_is_swallowed_unseen() -> None:
    found = [f"{file}:{line}" for file in python_files("patholearn_lab") for line in swallowed_errors(tree(file))]
    assert found == []


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("try:\n    f()\nexcept Exception:\n    pass", 1),
        ("try:\n    f()\nexcept:\n    pass", 1),
        ("for x in y:\n    try:\n        f()\n    except (OSError, Exception):\n        continue", 1),
        ("try:\n    f()\nexcept FileNotFoundError:\n    pass", 0),
        ("try:\n    f()\nexcept Exception as error:\n    log(error)", 0),
    ],
)
def test_a_swallowed_error_is_found(code: str, count: int) -> None:
    assert len(list(swallowed_errors(ast.parse(code)))) == count
