"""The wire room behind `feedhub demo`: invented papers on loopback that print one invented agency's wire.

press   a wire text -> what each paper makes of it
feeds   articles -> the bytes of a feed in the paper's dialect
room    the server; the configuration that subscribes to it; which item is a copy of which text

The texts lie beside in TOML.
"""

from feedhub.wireroom.room import WireRoom, configuration, truth

__all__ = ["WireRoom", "configuration", "truth"]
