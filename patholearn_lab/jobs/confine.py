"""Keeps a job's code from writing outside of its own places, by Linux's Landlock.

A process that confines itself can read what it could read before, and write below the folders that it named, and so can
all that it starts; there is no way back. Nothing is needed for it but a kernel from 5.13 on: no rights, no container.
https://docs.kernel.org/userspace-api/landlock.html

Standard library only.
"""

from __future__ import annotations

import ctypes
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from patholearn_lab.errors import StartupError
from patholearn_lab.paths import DataPaths

# The same on every architecture; glibc has no functions for them.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_ONLY = 1
_RULE_PATH_BENEATH = 1
_SET_NO_NEW_PRIVS = 38

_WRITE_FILE, _TRUNCATE = 1 << 1, 1 << 14
_CHANGES = sum(1 << bit for bit in range(4, 13))
"""To remove and to make files, folders, links, sockets and pipes."""
_REFER = 1 << 13
"""To move a file into another folder: the first version refuses it everywhere, so it is asked for from the second."""


class _Ruleset(ctypes.Structure):
    _fields_ = (("handled_access_fs", ctypes.c_uint64),)


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def confine_job(data: DataPaths, run: Path, besides: Iterable[str]) -> None:
    """Let a job write into its run folder, where data sets, models and temporary files are made, into caches, and
    `besides`.

    So it reaches neither the runs of others nor notebooks, nor the index. A cell could still damage models and data
    sets, which the job itself has to make.
    """
    home, devices = Path.home(), Path("/dev")
    # The audit log is only appended to; a confined process could not make it.
    data.audit.touch(0o600)
    own = [run, data.datasets, data.models, data.scratch, data.audit, Path(tempfile.gettempdir())]
    caches = [home / name for name in (".cache", ".nv", ".triton", ".config/matplotlib")]
    hardware = [devices / "null", devices / "tty", devices / "shm", devices / "dri", *devices.glob("nvidia*")]
    confine([*own, *caches, *hardware, *(Path(place).expanduser() for place in besides)])


def landlock_version() -> int:
    """Return which version of Landlock the kernel has; 0 where it has none, or it is switched off."""
    if sys.platform != "linux":
        return 0
    return max(0, int(_libc().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION_ONLY)))


def ensure_can_confine() -> None:
    """Raise StartupError where this machine cannot confine jobs."""
    if not landlock_version():
        raise StartupError(
            "Jobs cannot be confined on this machine: its kernel has no Landlock, or it is switched off.",
            "Use Linux from 5.13 on with landlock among its security modules (the kernel's option lsm=), run jobs in "
            "containers, or leave PathoLearnApp.confine_jobs off.",
        )


def confine(writable: Iterable[Path]) -> None:
    """Let this thread, and all that it starts from now on, write below these folders and files alone.

    What is not there is passed over. Reading, programs and the network stay as they are.

    Raises
    ------
    StartupError
        When the machine cannot do it.
    OSError
        When the kernel refuses.
    """
    ensure_can_confine()
    version = landlock_version()
    handled = _WRITE_FILE | _CHANGES | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    asked = _Ruleset(handled)
    rules = _call(_CREATE_RULESET, ctypes.byref(asked), ctypes.c_size_t(ctypes.sizeof(asked)), 0)
    try:
        for path in writable:
            if path.exists():
                _allow(rules, path, handled if path.is_dir() else handled & (_WRITE_FILE | _TRUNCATE))
        if _libc().prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
            raise _error()
        _call(_RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)


def _allow(rules: int, path: Path, access: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        _call(_ADD_RULE, rules, _RULE_PATH_BENEATH, ctypes.byref(_PathBeneath(access, descriptor)), 0)
    finally:
        os.close(descriptor)


def _call(number: int, *arguments: object) -> int:
    answer = int(_libc().syscall(number, *arguments))
    if answer < 0:
        raise _error()
    return answer


def _error() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"Landlock: {os.strerror(number)}")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
