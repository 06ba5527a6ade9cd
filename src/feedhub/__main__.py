"""`python -m feedhub`, and the `feedhub` command."""

from __future__ import annotations

from feedhub.cli import main

if __name__ == "__main__":
    main()
