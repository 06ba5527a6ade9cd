"""The configuration file: the only door to tomli, tomlkit and pydantic.

load    file -> Settings, or all its problems    schema   tables, keys, types, defaults
units   "5m", "10MB", "127.0.0.1:8080"           lines    on which line a key stands
edit    sources written into the file             subscribed  what lists elsewhere name
"""

from feedhub.config.edit import NewSource, add_sources, suggest_id
from feedhub.config.load import load, parse
from feedhub.config.schema import keys
from feedhub.config.subscribed import subscribed

__all__ = ["NewSource", "add_sources", "keys", "load", "parse", "subscribed", "suggest_id"]
