"""Writing files as a whole or not at all: whoever reads meanwhile sees the old file."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

_HALF = re.compile(r"\.(.+)\.[a-z0-9_]{8}")  # as `tempfile` names what `replace` writes first


def replace(file: Path, data: bytes, modified: float | None = None) -> None:
    """Write a file beside its place, sync it to the disk, and rename it into place.

    It keeps its permissions, and its owner if root writes; what is new, folders too, is for everybody to read.
    `modified` is its time of last modification in seconds since 1970.
    """
    _make(file.parent)
    target = file.resolve()  # a symbolic link stays one
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as fresh:
            fresh.write(data)
            fresh.flush()
            os.fsync(fresh.fileno())
        Path(name).chmod(0o644)
        if target.exists():
            take_over(Path(name), target)
        if modified is not None:
            os.utime(name, (modified, modified))
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _make(folder: Path) -> None:
    """Make a folder and those above it that are missing."""
    if not folder.is_dir():
        _make(folder.parent)
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)  # whatever the umask is, as with files


def take_over(fresh: Path, other: Path) -> None:
    """Give a file the permissions of another one that it replaces, and its owner where root does so."""
    was = other.stat()
    if os.geteuid() == 0:
        os.chown(fresh, was.st_uid, was.st_gid)
    fresh.chmod(was.st_mode & 0o777)


def put(file: Path, data: bytes, modified: float | None = None) -> bool:
    """Write a file unless it has these contents already; returns whether it was written."""
    if file.is_file() and file.read_bytes() == data:
        return False
    replace(file, data, modified)
    return True


def half_written(directory: Path) -> Iterator[tuple[Path, Path]]:
    """The temporary files that a killed process left in a directory and below, each with the file it was to become."""
    for file in directory.rglob(".*"):
        if (found := _HALF.fullmatch(file.name)) and file.is_file():
            yield file, file.with_name(found[1])
