"""How a kernel finds its server: a file in Jupyter's runtime folder that only its owner can read."""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

_FILE = re.compile(r"patholearn-(\d+)\.json")


@dataclass(frozen=True)
class Connection:
    """Where a server is.

    Parameters
    ----------
    url
        The Jupyter server's address with its base path, ending in a slash.
    token
        A token for kernels, which opens the server extension's endpoints only.
    pid
        The server's process.
    """

    url: str
    token: str
    pid: int


def runtime_folder() -> Path:
    """Return Jupyter's runtime folder."""
    from jupyter_core.paths import jupyter_runtime_dir

    return Path(jupyter_runtime_dir())


def write_connection(connection: Connection, folder: Path | None = None) -> Path:
    """Write the connection file, readable by its owner only, and return its path."""
    folder = folder or runtime_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"patholearn-{connection.pid}.json"
    # A new file with its mode from the first moment on: a token must not be readable for the blink before a chmod.
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(connection), file)
    return path


def find_connections(folder: Path | None = None) -> list[Connection]:
    """Return the servers that run, the youngest first; the files of dead ones are removed."""
    folder = folder or runtime_folder()
    found: list[tuple[float, Connection]] = []
    for path in folder.glob("patholearn-*.json"):
        match = _FILE.fullmatch(path.name)
        if match is None:
            continue
        if not _is_alive(int(match[1])):
            path.unlink(missing_ok=True)
            continue
        try:
            found.append((path.stat().st_mtime, Connection(**json.loads(path.read_text(encoding="utf-8")))))
        except (OSError, ValueError, TypeError):
            # Half written, of another version, or gone in between: no server that we could talk to.
            continue
    return [connection for _, connection in sorted(found, key=lambda pair: pair[0], reverse=True)]


def _is_alive(pid: int) -> bool:
    if sys.platform == "win32":
        import psutil

        return bool(psutil.pid_exists(pid))
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
