"""Rulings as commands and pages send them, a verb and names:

merge A B, split ITEM, never A B, confirm ITEM, undo [NUMBER]; pin, hide or lead STORY TOPIC, where "" is every topic,
and note STORY WORDS. What these four say, unpin, unhide, unlead and unnote take back.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from feedhub.errors import NotFound, RulingError
from feedhub.store.merging import evidence
from feedhub.store.rulings.clerk import Clerk
from feedhub.store.rulings.docket import Ruled
from feedhub.store.rulings.record import Verb

_TAKES_BACK: dict[str, Verb] = {"unpin": "pin", "unhide": "hide", "unlead": "lead", "unnote": "note"}


def carry_out(clerk: Clerk, verb: str, names: Sequence[str], topics: Collection[str]) -> Ruled:
    """Carry out the ruling that a verb and names stand for; `topics` are the ids that may be named.

    Raises RulingError or NotFound.
    """
    match verb, *names:
        case ("pin" | "hide" | "lead") as said, what, topic:
            return clerk.curate(said, what, _known(topic, topics))
        case "note", what, words:
            return clerk.curate("note", what, "", words)
        case "unpin" | "unhide" | "unlead" | "unnote", what, *topic:
            return clerk.uncurate(_TAKES_BACK[verb], what, _known("".join(topic), topics))
        case "merge", one, other:
            return clerk.merge(one, other)
        case "never", one, other:
            return clerk.never(one, other)
        case "split", item:
            return clerk.split(item)
        case "confirm", item:
            return clerk.confirm(item)
        case "undo", number:
            return clerk.undo(_number(number))
        case ["undo"]:
            return clerk.undo()
    raise RulingError(f"no ruling is called {' '.join([verb, *names])!r}")


def _number(name: str) -> int:
    if not name.isdecimal() or len(name) > evidence.LONGEST_NUMBER:
        raise RulingError(f"a ruling is named by its number (feedhub rulings), not {name!r}")
    return int(name)


def _known(topic: str, topics: Collection[str]) -> str:
    """A topic by its id, "" for all; raises NotFound."""
    if topic and topic not in topics:
        raise NotFound("topic", topic, topics)
    return topic
