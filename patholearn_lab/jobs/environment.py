"""Where a job ran, written down so that it can be run again: versions, hardware, seed.

Nothing is imported to ask it: versions come from the installed packages' own records. Standard library only.
"""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

_GPUS = Path("/proc/driver/nvidia/gpus")


def environment_of(payload: dict[str, Any]) -> dict[str, Any]:
    """Return the environment of a job that was given `payload`; its ``seed`` is kept where it has one."""
    return {
        "python": platform.python_version(),
        "executable": sys.executable,
        "platform": platform.platform(),
        "host": platform.node(),
        "machine": platform.machine(),
        "processor": platform.processor(),
        "cores": os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "gpus": _gpus(),
        "packages": {package.name: package.version for package in distributions()},
        "seed": payload.get("seed"),
    }


def _gpus() -> list[str]:
    """Return the models of the GPUs that NVIDIA's driver lists."""
    found = []
    for file in sorted(_GPUS.glob("*/information")):
        facts = dict(line.split(":", 1) for line in file.read_text().splitlines() if ":" in line)
        found.append(facts.get("Model", file.parent.name).strip())
    return found
