"""`python -m feedhub`, and the `feedhub` command."""

from __future__ import annotations

import os


def main() -> None:
    """Run a command."""
    _standard_streams()
    # NumPy's linear algebra starts threads when it is loaded, which spin for a tenth of a second and find nothing to
    # do: no vector here is long enough to be split. NumPy is not loaded yet, and parsers inherit the setting.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from feedhub.cli import main

    main()


def _standard_streams() -> None:
    """Open those that are closed: a socket in their place would be one that libuv refuses to close."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


if __name__ == "__main__":
    main()
