"""Downloading the files of a public data set: only when somebody asks, checked by checksums, whole or not at all."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from patholearn_lab.errors import DatasetError, PathoLearnError, TooLargeError
from patholearn_lab.progress import Progress, ensure_not_cancelled

if TYPE_CHECKING:
    from patholearn_lab.datasets.public import PublicFile, PublicSet

CHUNK = 2**18
PATIENCE_S = 30.0
_SPARE = 2**20


def download(public: PublicSet, folder: Path, progress: Progress) -> list[Path]:
    """Download all files of a public set into `folder`, and return where they are.

    Parameters
    ----------
    public
        What to download. Its address, size and licence are written into the log first.
    folder
        Exists; what is in it under the same name and with the right checksum is not downloaded again.
    progress
        Told how many bytes arrived; may cancel.

    Raises
    ------
    DatasetError
        When the server cannot be reached or has no such file, or what came has another checksum.
    TooLargeError
        When far more comes than was declared.
    CancelledError
        When somebody asked to stop.
    """
    megabytes = public.bytes / 1e6
    progress.log(f"{public.name}: {megabytes:,.1f} MB, licence {public.licence}, see {public.homepage}")
    done, paths = 0, []
    for file in public.files:
        progress.log(f"Downloading {file.url}")
        paths.append(_fetch(public, file, folder, _Told(progress, file, done, public.bytes)))
        done += file.bytes
    return paths


class _Told:
    """What pooch takes for a progress bar: tells on what arrives, and stops what comes too much or nobody wants."""

    def __init__(self, progress: Progress, file: PublicFile, before: int, whole: int) -> None:
        self.total = 0
        self._progress, self._file, self._before, self._whole = progress, file, before, whole
        self._arrived = 0

    def update(self, count: int) -> None:
        """Count what arrived."""
        ensure_not_cancelled(self._progress)
        self._arrived += count
        limit = 2 * self._file.bytes + _SPARE
        if max(self._arrived, self.total) > limit + CHUNK:
            raise TooLargeError(
                f"{self._file.name!r} is far larger than the {self._file.bytes / 1e6:,.1f} MB that are declared.",
                "The address may lead to another file now: tell whoever keeps the list of public sets.",
                file=self._file.name,
            )
        self._progress.report(min(self._before + self._arrived, self._whole), self._whole, "Downloading")

    def reset(self) -> None:
        """Begin anew: pooch counts the whole length once more at the end."""
        self._arrived = 0

    def close(self) -> None:
        """Do nothing more."""


def _fetch(public: PublicSet, file: PublicFile, folder: Path, told: _Told) -> Path:
    import pooch  # type: ignore[import-untyped]
    import requests

    pooch.get_logger().setLevel(logging.WARNING)  # the job's own log says what is downloaded
    downloader = pooch.HTTPDownloader(progressbar=told, chunk_size=CHUNK, timeout=PATIENCE_S)
    try:
        return Path(pooch.retrieve(file.url, file.checksum, fname=file.name, path=folder, downloader=downloader))
    except PathoLearnError:
        raise
    except requests.HTTPError as error:
        status = "an error" if error.response is None else error.response.status_code
        raise _failed(public, file, f"the server answers with {status}") from error
    except requests.RequestException as error:
        raise DatasetError(
            f"{public.name} cannot be downloaded: there is no connection to {file.url}.",
            "This machine may be offline, or may not reach addresses outside. Download the file elsewhere, and upload "
            "it in the data set browser.",
            url=file.url,
        ) from error
    except ValueError as error:
        raise _failed(public, file, "what came is not the file that is declared: its checksum differs") from error


def _failed(public: PublicSet, file: PublicFile, what: str) -> DatasetError:
    return DatasetError(
        f"{public.name} cannot be downloaded from {file.url}: {what}.",
        f"Try again later, or look at {public.homepage}, download the file there, and upload it.",
        url=file.url,
    )
