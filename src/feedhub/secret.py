"""Tokens as a configuration writes them: the word itself or, by "$NAME", what a variable of the environment holds."""

from __future__ import annotations

import os


def secret(written: str) -> str:
    """The token; "" where the variable is not set, which opens to nobody."""
    return os.environ.get(written[1:], "") if written.startswith("$") else written
