"""`python -m feedhub`, and the `feedhub` command."""

from __future__ import annotations


def main() -> None:
    """Run a command."""
    from feedhub.cli import main  # here: each parsing process imports this module, and needs no command line

    main()


if __name__ == "__main__":
    main()
