"""Invented wire stories, in versions that an editor would call copies and in others that tell of something else.

What the rules get wrong is data as well: a change that mends one of these, or breaks another, shows.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from build import START, item
from feedhub.dedup.case import Candidate, Case
from feedhub.dedup.place import place
from feedhub.dedup.prepare import prepare

STORIES = tomllib.loads((Path(__file__).parent / "data/pairs.toml").read_text(encoding="utf-8"))["story"]
LATER = START + timedelta(hours=2)


def changed(story: dict[str, Any], version: dict[str, Any]) -> tuple[str, str]:
    """A version's headline and text."""
    title, text = story["title"], version.get("text", story["text"])
    for old, new in version.get("swap", ()):
        title, text = title.replace(old, new), text.replace(old, new)
    if "cut" in version:
        cut = version["cut"]
        text = " ".join(text.split()[:cut]) + " ..." if story["language"] == "en" else text[:cut] + "…"
    return version.get("title", title), version.get("before", "") + text + version.get("behind", "")


def joins(story: dict[str, Any], version: dict[str, Any]) -> bool:
    """Whether a version joins the story when another source prints it two hours later."""
    language = story["language"]
    first = prepare(item("herald", story["title"], story["text"], language=language))
    other = prepare(item("courier", *changed(story, version), language=language))
    known = Candidate(1, 1, START, first.subject, source="herald")
    return place(Case(2, LATER, other.subject, [known], {1: known}, source="courier", step=other.step)).story == 1


def versions(story: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """A story's versions, each with what it is."""
    return [(kind, version) for kind in ("apart", "same") for version in story.get(kind, ())]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story["title"][:40])
def test_what_an_editor_calls_a_copy_joins_and_nothing_else(story: dict[str, Any]) -> None:
    for kind, version in versions(story):
        assert joins(story, version) == ((kind == "same") != version.get("err", False)), version


def test_the_merge_s_page_says_how_many_of_them_go_wrong() -> None:
    page = (Path(__file__).parents[1] / "docs/dedup.md").read_text(encoding="utf-8")
    count = Counter((kind, version.get("err", False)) for story in STORIES for kind, version in versions(story))
    apart, same = (count[kind, False] + count[kind, True] for kind in ("apart", "same"))
    said = f"Of {apart} invented pairs that must stay apart {count['apart', True]} are joined, of {same} copies"
    assert f"{said} in other styles {count['same', True]} are missed" in " ".join(page.split())
