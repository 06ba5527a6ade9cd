"""Fixtures that several files share."""

from __future__ import annotations

from internet import world

__all__ = ["world"]
