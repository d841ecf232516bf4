"""Volumes in NIfTI files (.nii, .nii.gz), read by nibabel; every failure becomes a sentence that names the file.

Volumes are turned to the closest axes right, anterior, superior (RAS); slices are axial, the front of the body up.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.archives import Limits
from patholearn_lab.errors import ArchiveError, TooLargeError

_GZIP = b"\x1f\x8b"
_WINDOW = 16 + zlib.MAX_WBITS


def read_volume(data: bytes, file: str, limits: Limits) -> NDArray[Any]:
    """Return the slices of the volume in `data`: ``[slices, height, width]``.

    Raises
    ------
    ArchiveError
        When it is no NIfTI file, is damaged, or has more than three axes.
    TooLargeError
        When it unpacks to more than a file may have.
    """
    import nibabel

    plain = _unpacked(data, file, limits) if data.startswith(_GZIP) else data
    try:
        image: Any = nibabel.Nifti1Image.from_bytes(plain)
        shape = tuple(length for length in image.shape[3:] if length != 1)
        volume = nibabel.as_closest_canonical(image)  # type: ignore[no-untyped-call]
        values = np.asanyarray(volume.dataobj)
    # nibabel raises nearly anything on damaged headers: HeaderDataError, ValueError, OSError, struct.error and more.
    except Exception as error:
        raise ArchiveError(
            f"The volume {file!r} is no NIfTI file that can be read: {' '.join(str(error).split())[:200]}.",
            "Save it anew as .nii.gz, and pack the archive again.",
            file=file,
        ) from error
    if shape or values.ndim < 2 or values.dtype.kind not in "iuf" or not values.size:
        raise ArchiveError(
            f"The volume {file!r} is {values.dtype} of shape {values.shape}.",
            "Volumes have three axes and one number a voxel; save each channel and time as a file of its own.",
            file=file,
        )
    values = values.reshape(*values.shape[:2], -1)
    return np.ascontiguousarray(np.rot90(values, axes=(0, 1)).transpose(2, 0, 1))


def _unpacked(data: bytes, file: str, limits: Limits) -> bytes:
    unpacker = zlib.decompressobj(_WINDOW)
    try:
        plain = unpacker.decompress(data, limits.member_bytes)
    except zlib.error as error:
        raise ArchiveError(
            f"The volume {file!r} is damaged: {error}.", "Pack the archive again from the original files.", file=file
        ) from error
    if unpacker.unconsumed_tail:
        raise TooLargeError(
            f"The volume {file!r} is over {limits.member_bytes / 2**20:,.0f} MiB unpacked, which is the limit.",
            "Cut it into smaller volumes.",
            file=file,
        )
    return plain
