"""The configuration file: the only door to tomli, tomlkit and pydantic.

load      file -> Settings, or all its problems    schema   tables, keys, types, defaults
mistakes  what is wrong, in words                  lines    on which line a key stands
build     tables -> Settings                       units    "5m", "10MB", "127.0.0.1:8080"
edit      sources written into the file            remarks  what has no effect, or names nobody
syntax    why it is no TOML                        subscribed  what lists elsewhere name

Nothing is re-exported here: the daemon takes over what another process has read, and must not load what reads it.
"""
