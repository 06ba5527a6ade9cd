"""Data that lie beside the repository, where they do: feeds as they were met, labelled items, schemas."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
FEEDS = SHARED / "feeds"
ATOM_SCHEMA = SHARED / "schemas" / "atom.rng"

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="needs the data beside the repository")
