"""Documents in files, written by another program and polled like feeds. Only the configuration can name one."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from urllib.parse import unquote, urlsplit

from feedhub.fetch.inflate import TooLarge
from feedhub.model import Fetched, FetchFailure, FetchRequest, NotModified, Validators

_SAID = {errno.ENOENT: "there is no such file", errno.EACCES: "may not be read", errno.EISDIR: "is a directory"}


def read_file(request: FetchRequest) -> Fetched | NotModified | FetchFailure:
    """Read a regular file, unless its time and size are those of the last poll; raises TooLarge.

    Failures name it without its directory, as everybody sees them.
    """
    path = Path(unquote(urlsplit(request.url).path))
    try:
        # Non-blocking, as a pipe would wait for its other end; checked once open, so nothing can take its place.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                return FetchFailure(kind="protocol", message=f"{path.name} is not a regular file")
            state = Validators(etag=f"{about.st_ino}-{about.st_mtime_ns}-{about.st_size}")
            if state == request.validators:
                return NotModified(url=request.url, validators=state, size=0)
            body = file.read(request.max_size + 1)
    except OSError as error:
        said = _SAID.get(error.errno or 0) or error.strerror
        return FetchFailure(kind="connect", message=f"{path.name}: {said}")
    if len(body) > request.max_size:
        raise TooLarge(request.max_size)
    if not body.strip():
        return FetchFailure(kind="not-a-feed", message=f"{path.name} is empty")
    return Fetched(url=request.url, status=200, body=body, content_type=None, validators=state, size=len(body))
