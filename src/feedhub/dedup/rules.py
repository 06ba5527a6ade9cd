"""The thresholds and guards of the merge, as one value: replays and ablations try others."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What decides. The thresholds were read off 24,796 labelled candidate pairs (9,711 of them copies), English and
    Japanese; docs/dedup.md has what each guard gives.
    """

    window: timedelta = timedelta(hours=48)  # between copies: of 89 pairs further apart that looked like some, none was
    strong: float = 0.78  # containment above which only a contradiction speaks against a copy
    fair: float = 0.49  # containment above which a shared lead makes a copy
    weak: float = 0.30  # below this nothing does
    lead: float = 0.45  # share of one text's beginning that stands in the other
    cut: int = 2  # shingles that may be left over at the end of a text that stands in the other
    template: float = 0.03  # places with other words, per shared token, above which a common text is a template
    common: float = 3.0  # other stories that carry the shared passage, on average, above which it says little
    own: float = 0.8  # containment of two items of one feed that are one text: a feed seldom lists a story twice
    core: float = 0.4  # containment that the story's core copy must show

    figures: bool = True  # a figure in the place of another is a contradiction
    moulds: bool = True  # so are headlines of one mould with other figures or names
    words: bool = True  # so are names, opposites and negations in the place of others
    rarity: bool = True  # a passage that many stories carry proves less
    cores: bool = True  # what joins must resemble the story's core copy, not only some member
    bare: bool = True  # equal headlines join what has no text
    headlines: bool = True  # long equal headlines join texts that were cut in different places
    updates: bool = True  # an update joins the story that it says it updates

    def changed(self, settings: dict[str, str]) -> Rules:
        """These rules with some set otherwise, as on a command line: `window=48h`, `strong=.8`, `moulds=off`.

        Raises ValueError that names the setting, what it was set to, and what it may be.
        """
        known = {field.name: getattr(self, field.name) for field in fields(self)}
        for name in settings:
            if name not in known:
                raise ValueError(f"no rule is called {name!r}; there are {', '.join(known)}")
        return replace(self, **{name: _read(name, known[name], value) for name, value in settings.items()})


RULES = Rules()

# What a rule may be set to, written as it is set. None but these is between nothing and all: times are up to what a
# store may hold; a text leaves over, and stories carry, no more than some hundreds.
_SHARE, _TIME, _COUNT = ("0", "1"), ("1m", "3650d"), ("0", "1000")
RANGES = {
    "window": _TIME, "cut": _COUNT, "common": _COUNT, "strong": _SHARE, "fair": _SHARE, "weak": _SHARE,
    "lead": _SHARE, "template": _SHARE, "own": _SHARE, "core": _SHARE,
}  # fmt: skip
_KINDS = {timedelta: "a time such as 48h or 3d", int: "a whole number", float: "a number"}
_SWITCH = {"on": True, "off": False}
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def _read(name: str, now: object, value: str) -> Any:
    if isinstance(now, bool):
        if value not in _SWITCH:
            raise ValueError(f"{name}={value}: {name} is on or off")
        return _SWITCH[value]
    kind, (least, most) = type(now), RANGES[name]
    try:
        read = _as(kind, value)
        if _as(kind, least) <= read <= _as(kind, most):
            return read
    except (KeyError, ValueError, IndexError, OverflowError):
        pass
    raise ValueError(f"{name}={value}: {name} is {_KINDS[kind]}, from {least} to {most}")


def _as(kind: type, value: str) -> Any:
    return _UNITS[value[-1]] * float(value[:-1]) if kind is timedelta else kind(value)
