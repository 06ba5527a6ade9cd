"""Tokens as a configuration writes them: the word itself or, by "$NAME", what a variable of the environment holds."""

from __future__ import annotations

import os

SHORTEST = 12  # characters of a token that nobody guesses


def secret(written: str) -> str:
    """The token; "" where the variable is not set, or holds one that is easily guessed: that opens to nobody."""
    if not written.startswith("$"):
        return written
    held = os.environ.get(written[1:], "")
    return held if len(held) >= SHORTEST else ""
