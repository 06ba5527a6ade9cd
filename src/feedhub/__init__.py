"""feedhub: polls feeds, merges the copies of one wire story, republishes topic feeds."""

__version__ = "0.1.0"
