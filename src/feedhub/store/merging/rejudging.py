"""Where an item belongs once its words have changed."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

from feedhub.dedup.case import Prepared
from feedhub.dedup.judge import judge
from feedhub.dedup.subject import Subject, is_bare
from feedhub.model import Placement
from feedhub.store.merging.candidates import find_place
from feedhub.store.merging.lately import Lately
from feedhub.store.merging.rows import Words


def placed_anew(
    conn: sqlite3.Connection, lately: Lately, item_id: int, story: int, before: Words, prepared: Prepared
) -> Placement | None:
    """Where a changed item belongs now; None where it stays as it was judged.

    A lone item may prove to be a copy of another story. When a fuller text comes, the verdict is taken again as if the
    item were new: what was said of a headline or of a beginning may not hold for the whole. Any other copy leaves its
    story only when its new text has nothing to do with the others' any more: other figures in the same text are a
    revision. A withdrawal stays with what it withdraws. An editor's word holds whatever the text.
    """
    if prepared.step == "withdrawal":
        return None
    other = conn.execute(
        "SELECT id, published FROM items WHERE story = ? AND id != ? ORDER BY length DESC LIMIT 1", (story, item_id)
    ).fetchone()
    if other is None:
        placement = find_place(lately, item_id, prepared)
        return placement if placement.story is not None else None
    theirs = lately.subject(other["id"])
    if (
        story in lately.constraints.manifold
        or lately.constraints.confirmed(item_id)
        or is_bare(prepared.subject)
        or is_bare(theirs)
    ):
        return None
    if not _fuller(before, prepared.subject):
        apart = timedelta(seconds=prepared.item.published.timestamp() - other["published"])
        if judge(prepared.subject, theirs, apart=apart, rules=lately.rules).score >= lately.rules.weak:
            return None
    return find_place(lately, item_id, prepared)


def _fuller(before: Words, now: Subject) -> bool:
    """Whether all that was there before stands in the new text, and more."""
    old = Subject.of(before.title, before.text, before.language)
    return is_bare(old) or (len(old.distinct) < len(now.distinct) and old.distinct <= now.distinct)
