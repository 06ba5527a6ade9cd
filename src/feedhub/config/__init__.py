"""The configuration file: the only door to tomli, tomlkit and pydantic.

load    file -> Settings, or all its problems    schema   tables, keys, types, defaults
units   "5m", "10MB", "127.0.0.1:8080"           lines    on which line a key stands
edit    sources written into the file             subscribed  what lists elsewhere name
remarks  what has no effect, or names nobody

Nothing is re-exported here: the daemon takes over what another process has read, and must not load what reads it.
"""
