"""Two items judged afresh, whatever the merge made of them."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import timedelta

from feedhub.dedup.alignment import longest_run
from feedhub.dedup.announced import says_nothing
from feedhub.dedup.judge import common_figures, contradictions, judge
from feedhub.dedup.rules import RULES
from feedhub.dedup.subject import Subject
from feedhub.dedup.tokens import tokenise
from feedhub.model import Verdict
from feedhub.store.merging import constraints
from feedhub.store.merging.evidence import Evidence, evidence_of, item_row
from feedhub.store.reading import Reader
from feedhub.store.rulings.record import cited
from feedhub.text import joint

PASSAGE = 3  # words, or characters, in a row that are worth showing: "of the" is in every text


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two items side by side."""

    items: tuple[Evidence, Evidence]
    together: bool  # whether they stand in one story
    verdict: Verdict
    apart: str | None  # why they are in two stories though their texts are copies, or by which ruling
    joined: str | None  # why they are in one story though their texts are no copies
    passage: str  # the longest run of words that both print
    agreeing: tuple[str, ...] = ()  # figures that both print
    contradicting: tuple[tuple[str, str], ...] = ()  # words with other figures in the same place


_NOTHING = (
    "nothing speaks against one story as they are now: when the later one came, one of them had other words, or others "
    "resembled it more; feedhub replay judges anew"
)


def compare(reader: Reader, one: str, other: str) -> Comparison:
    """Judge two items afresh; each is named by its number or its link. Raises NotFound."""
    conn = reader.conn
    a, b = (item_row(conn, what) for what in (one, other))
    mine, yours = _subject(a), _subject(b)
    verdict = judge(mine, yours, apart=timedelta(seconds=a["published"] - b["published"]))
    words = [tokenise(side.features.lead) for side in (mine, yours)]
    run = longest_run(*words)
    return Comparison(
        items=(evidence_of(a), evidence_of(b)),
        together=a["story"] == b["story"],
        verdict=verdict,
        apart=None if a["story"] == b["story"] else _apart(conn, a, b, verdict),
        joined=_joined(conn, a, b) if a["story"] == b["story"] and verdict.kind != "copy" else None,
        passage=joint(a["language"]).join(run) if len(run) >= PASSAGE else "",
        agreeing=common_figures(mine, yours),
        contradicting=contradictions(mine, yours),
    )


def _apart(conn: sqlite3.Connection, a: sqlite3.Row, b: sqlite3.Row, verdict: Verdict) -> str | None:
    """What keeps two items in two stories besides their texts, in the order in which the merge asks."""
    if rulings := constraints.rulings_between(conn, a["story"], b["story"]):
        return f"by {cited(conn, *rulings)} their stories stay apart"
    if verdict.kind != "copy":
        return None
    if a["source"] == b["source"] and verdict.score < RULES.own:
        return f"one feed lists both, where copies must have {RULES.own:.0%} of their text in common"
    if says_nothing(_subject(a).features, _subject(b).features):
        return "their text has no word of either headline, and stands under others as well"
    earlier, later = sorted((a, b), key=lambda row: row["id"])
    return _core_objects(conn, later, earlier) or _core_objects(conn, earlier, later) or _NOTHING


def _joined(conn: sqlite3.Connection, a: sqlite3.Row, b: sqlite3.Row) -> str | None:
    """What brought two items into one story besides their texts: a ruling, or the verdict by which one joined."""
    if number := constraints.merge_of(conn, a["id"], b["id"]):
        return f"by {cited(conn, number)} their stories are one"
    for row in sorted((a, b), key=lambda row: -row["id"]):
        copy = evidence_of(row)
        if copy.verdict:
            return f"item {copy.item} came in by item {copy.beside}: {copy.verdict.reasons[0]}"
    return None


def _core_objects(conn: sqlite3.Connection, item: sqlite3.Row, member: sqlite3.Row) -> str | None:
    """Why a copy of `member` may not join its story: it is no copy of the story's core. None if it is."""
    (leading,) = conn.execute("SELECT core FROM stories WHERE id = ?", (member["story"],)).fetchone()
    core = item_row(conn, str(leading))
    found = judge(_subject(item), _subject(core), apart=timedelta(seconds=item["published"] - core["published"]))
    if found.score >= RULES.core and not found.conflict:
        return None
    guard = f"item {core['id']}, which guards item {member['id']}'s story"
    return f"{guard}, is no copy of item {item['id']}: {found.reasons[0]}"


def _subject(row: sqlite3.Row) -> Subject:
    return Subject.of(row["title"], row["text"], row["language"])
