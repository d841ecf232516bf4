"""One server a data folder: two would both follow the runs, and both empty the scratch folder of the other."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from patholearn_lab.errors import StartupError


class FolderLock:
    """Holds a data folder for this process until it is released, or the process ends in whatever way.

    The operating system holds the lock, not the existence of the file, so a crash leaves nothing behind to clear away.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the folder.

        Raises
        ------
        StartupError
            When another process, or another server in this process, has it.
        """
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(descriptor)
        except OSError as error:
            holder = os.read(descriptor, 32).decode(errors="replace").strip()
            os.close(descriptor)
            folder = str(self._path.parent)
            raise StartupError(
                f"The data folder {folder!r} is in use by another PathoLearn server (process {holder or 'unknown'}).",
                "Use that server, stop it, or choose another folder with --PathoLearnApp.data_dir=FOLDER "
                "or PATHOLEARN_DATA=FOLDER.",
                folder=folder,
                process=holder,
            ) from error
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the folder back. Does nothing where it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        # Windows locks bytes, not files: one far behind the text, so that the text can still be read by others.
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
