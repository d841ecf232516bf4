"""Zip files of class folders, sound and otherwise, made in memory."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Callable

from PIL import Image


def picture(
    size: tuple[int, int] = (16, 16), color: tuple[int, int, int] = (200, 120, 160), kind: str = "PNG"
) -> bytes:
    """Return a picture file of one color."""
    target = io.BytesIO()
    Image.new("RGB", size, color).save(target, kind)
    return target.getvalue()


def zip_of(files: dict[str, bytes]) -> bytes:
    """Return a zip with these files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def sound_files(each: int = 12) -> dict[str, bytes]:
    """Return two classes of distinct small pictures."""
    return {
        f"{name}/{number}.png": picture(color=(10 * number, 40 + shade, 90))
        for shade, name in enumerate(("normal", "tumor"))
        for number in range(each)
    }


def sound() -> bytes:
    """Return a zip that can be imported."""
    return zip_of(sound_files())


def _link() -> bytes:
    target = io.BytesIO(sound())
    with zipfile.ZipFile(target, "a") as archive:
        link = zipfile.ZipInfo("normal/link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    return target.getvalue()


def _one_color_bomb() -> bytes:
    return zip_of({**sound_files(), "normal/bomb.png": b"\0" * 60_000_000})


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "a path outside itself": (lambda: zip_of({**sound_files(), "../evil.png": picture()}), "evil.png"),
    "an absolute path": (lambda: zip_of({**sound_files(), "/tmp/evil.png": picture()}), "evil.png"),
    "a symbolic link": (_link, "link.png"),
    "a bomb": (_one_color_bomb, "bomb.png"),
    "a non-image": (lambda: zip_of({**sound_files(), "normal/x.png": b"hello"}), "x.png"),
    "a truncated image": (lambda: zip_of({**sound_files(), "normal/cut.png": picture((64, 64))[:60]}), "cut.png"),
    "an empty class": (lambda: zip_of({**sound_files(), "stroma/": b""}), "stroma"),
    "one class only": (
        lambda: zip_of({name: data for name, data in sound_files().items() if name.startswith("normal")}),
        "normal",
    ),
    "two sizes": (lambda: zip_of({**sound_files(), "tumor/wide.png": picture((20, 16))}), "wide.png"),
    "no zip at all": (lambda: b"this is no zip", "upload.zip"),
}
"""What is wrong, a function that makes it, and what the message names."""
