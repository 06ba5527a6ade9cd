"""Tokens in a configuration: the word itself or, as "$NAME", the value of a variable of the environment."""

from __future__ import annotations

import os

SHORTEST = 12  # characters of a token that nobody guesses


def secret(written: str) -> str:
    """The token; "" if its variable is not set or easily guessed, and then nobody gets in."""
    if not written.startswith("$"):
        return written
    held = os.environ.get(written[1:], "")
    return held if len(held) >= SHORTEST else ""
