"""Python with torch and lightning alone: this package, torchvision and what needs it are not there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_BARE = """
import importlib.metadata as metadata, runpy, sys

HIDDEN = {"patholearn_lab", "torchvision", "timm"}

class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in HIDDEN:
            raise ModuleNotFoundError(f"No module named {name!r}")

def hidden(of):
    def asked(name, *more):
        if name in HIDDEN:
            raise metadata.PackageNotFoundError(name)
        return of(name, *more)
    return asked

metadata.distribution, metadata.version = hidden(metadata.distribution), hidden(metadata.version)
sys.meta_path.insert(0, Hide())
sys.path = [place for place in sys.path if place != ""]
sys.argv = sys.argv[1:]
sys.path.insert(0, ".")
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def run_bare(
    script: Path, *arguments: str, threads: str = "1", timeout_s: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run a script in its own folder with torch and lightning alone."""
    return subprocess.run(
        [sys.executable, "-E", "-W", "ignore", "-c", _BARE, script.name, *arguments],
        cwd=script.parent,
        env={**os.environ, "OMP_NUM_THREADS": threads},
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout_s,
    )
