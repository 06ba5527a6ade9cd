"""`python -m feedhub`, and the `feedhub` command."""

from __future__ import annotations

import os


def main() -> None:
    """Run a command."""
    # NumPy's linear algebra starts threads where it is loaded, which spin for a tenth of a second and then find nothing
    # to do: no vector here is long enough to be parted. It is not loaded yet, and parsers inherit this.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from feedhub.cli import main

    main()


if __name__ == "__main__":
    main()
