"""Invented documents beside what is to be found in them: `tests/data/feeds/NAME.toml` names its document.

A table says what it has to say and no more: fields that it leaves out are not compared, `none` lists fields that
must be empty. `sent_as` is the encoding that the bytes have, whatever the document declares.
"""

from __future__ import annotations

import pickle
import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from feedhub.model import ParsedFeed, ParseFailure
from feedhub.parse.document import parse_document

CASES = sorted((Path(__file__).parent / "data/feeds").glob("*.toml"))
URL = "https://feeds.example/news/all.xml"


def read(case: dict[str, Any], folder: Path) -> ParsedFeed | ParseFailure:
    text = (folder / case["document"]).read_text(encoding="utf-8")
    return parse_document(
        text.encode(case.get("sent_as", "utf-8")),
        content_type=case.get("content_type"),
        url=URL,
        timezone=case.get("timezone", "UTC"),
    )


def told(found: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """Of what was found, the part that is expected, in the words of the table."""
    part = {key: found[key] for key in expected if key != "none"}
    for key, value in part.items():
        if isinstance(value, tuple):
            part[key] = [_without_none(one) if isinstance(one, dict) else one for one in value]
    if "none" in expected:
        part["none"] = [key for key in expected["none"] if found[key] is None]
    return part


def _without_none(value: dict[str, Any]) -> dict[str, Any]:
    return {key: one for key, one in value.items() if one is not None}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_document_says_what_is_written_beside_it(path: Path) -> None:
    case = tomllib.loads(path.read_text(encoding="utf-8"))
    feed = read(case, path.parent)
    if "failure" in case:
        assert isinstance(feed, ParseFailure), feed
        assert feed.kind == case["failure"]["kind"]
        assert case["failure"]["message"] in feed.message
        return
    assert isinstance(feed, ParsedFeed), feed
    assert told(asdict(feed), case.get("feed", {})) == case.get("feed", {})
    assert len(feed.entries) == len(case["entries"])
    for entry, expected in zip(feed.entries, case["entries"], strict=True):
        assert told(asdict(entry), expected) == expected


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_was_read_survives_the_way_between_processes(path: Path) -> None:
    feed = read(tomllib.loads(path.read_text(encoding="utf-8")), path.parent)
    assert pickle.loads(pickle.dumps(feed)) == feed


def test_every_document_has_its_table() -> None:
    named = {tomllib.loads(path.read_text(encoding="utf-8"))["document"] for path in CASES}
    assert named == {path.name for path in CASES[0].parent.iterdir() if path.suffix != ".toml"}


def test_a_document_cut_anywhere_keeps_the_entries_that_came_whole_and_no_other() -> None:
    head = b"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>t</title>"
    items = [f"<item><guid>{n}</guid><title>見出し{n}</title></item>".encode() for n in range(3)]
    whole = head + b"".join(items) + b"</channel></rss>"
    for end in range(len(head) + len(items[0]), len(whole) - len(b"</channel></rss>")):
        feed = parse_document(whole[:end], content_type=None, url=URL, timezone="UTC")
        assert isinstance(feed, ParsedFeed), end
        complete = whole[:end].count(b"</item>")
        assert [entry.title for entry in feed.entries] == [f"見出し{n}" for n in range(complete)]
        assert feed.truncated, end
        assert feed.problem, end
