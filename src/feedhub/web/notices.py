"""Feeds about feedhub itself: trouble with sources, corrections, merges that wait for an editor.

An entry is changed in place while it lasts; an incident that has ended says how long it lasted.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from html import escape

from feedhub.dedup.agencies import display_name
from feedhub.render import Entry
from feedhub.store.merging.evidence import Evidence
from feedhub.store.merging.reviews import Review
from feedhub.store.polling.incidents import Incident
from feedhub.store.publishing.published import Corrected
from feedhub.text import legal, one_line

_KINDS = {  # what a source does, and did
    "broken": ("does not work", "did not work"),
    "blocked": ("turns us away", "turned us away"),
    "gone": ("is gone", "was gone"),
    "silent": ("is silent", "was silent"),
    "moved": ("has moved", "had moved"),
    "flood": ("brought a flood of entries", "had brought a flood of entries"),
    "degraded": ("has ids that cannot be relied on", "had ids that could not be relied on"),
    "rejected": ("is not taken", "was not taken"),
}


def incident(found: Incident, site: str) -> Entry:
    """What is or was wrong with a source."""
    name, kind = one_line(found.title), found.kind
    what, past = _KINDS[kind]
    text = found.words if kind == "moved" else f"Since {_time(found.since)}. {found.words}"
    if found.ended:
        lasted = _lasted(found.ended - found.since)
        what, text = f"{past} for {lasted}", f"Over since {_time(found.ended)}, after {lasted}. {found.words}"
    said = one_line(f"{text} (source {found.source})" if found.source else text)
    return Entry(
        id=f"urn:uuid:{found.uuid}",
        title=f"{name} {what}",
        link=f"{site}/sources",
        page=f"{site}/sources",
        html=f"<p>{escape(said, quote=False)}</p>",
        summary=said,
        author="feedhub",
        published=found.since.replace(microsecond=0),
        updated=max(found.updated, found.since).replace(microsecond=0),
        language="en",
        terms=((kind, None),),
        known={"source": found.source, "kind": kind, "ended": found.ended},
    )


def correction(found: Corrected, site: str) -> Entry:
    """A correction: which figures a copy changed, and who still prints the old ones."""
    story, one = found.story, found.correction
    page = f"{site}/stories/{story.id}"
    changes = [(one_line(before), one_line(after), one_line(words)) for (before, after), words in one.places.items()]
    outlet, headline = one_line(one.outlet), one_line(story.title)
    outdated = [one_line(name) for name in one.outdated]
    still = f"Still with the old figures: {', '.join(outdated)}." if outdated else "No copy has them any more."
    told = [f"{words} {before} → {after}".strip() for before, after, words in changes]
    return Entry(
        id=f"urn:uuid:{found.uuid}",
        title=f"{', '.join(f'{before} → {after}' for before, after, _ in changes)}: {headline}",
        link=page,
        page=page,
        html=legal(_paragraphs([f"{outlet}, {_time(one.at)}:", *told, still], page, headline)),
        summary=f"{outlet}: {'; '.join(told)}. {still}",
        author=outlet or "?",
        published=one.at.replace(microsecond=0),
        updated=one.at.replace(microsecond=0),
        terms=((display_name(story.agency, "en"), f"{site}/agencies"),) if story.agency else (),
        known={
            "page": page,
            "story": f"urn:uuid:{story.id}",
            "outlet": outlet,
            "changes": [{"before": before, "after": after, "words": words} for before, after, words in changes],
            "outdated": outdated,
        },
    )


def review(uuid: str, found: Review, site: str) -> Entry:
    """A copy that was merged on thin evidence."""
    page = f"{site}/stories/{found.story}"
    reasons = "; ".join(map(one_line, found.verdict.reasons))
    item, beside = _headline(found.item), _headline(found.beside)
    said = f"Merged at {found.verdict.score:.0%}: {reasons}."
    how = f"feedhub review --confirm {found.item.item} keeps it, feedhub split {found.item.item} takes it out."
    return Entry(
        id=f"urn:uuid:{uuid}",
        title=f"One story? {item} / {beside}",
        link=page,
        page=page,
        html=legal(_paragraphs([item, beside, said, how], page, "The story")),
        summary=f"{said} {how}",
        author="feedhub",
        published=found.item.published.replace(microsecond=0),
        updated=found.item.published.replace(microsecond=0),
        terms=(("review", None),),
        known={
            "page": page,
            "story": f"urn:uuid:{found.story}",
            "items": [found.item.item, found.beside.item],
            "urls": [found.item.link, found.beside.link],
            "score": round(found.verdict.score, 3),
            "reasons": list(found.verdict.reasons),
        },
    )


def _headline(copy: Evidence) -> str:
    return f"{one_line(copy.title) or 'no title'} ({one_line(copy.outlet)})"


def _paragraphs(lines: Iterable[str], page: str, title: str) -> str:
    body = "".join(f"<p>{escape(line, quote=False)}</p>" for line in lines)
    return f'{body}<p><a href="{escape(page)}">{escape(title, quote=False)}</a></p>'


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _lasted(span: timedelta) -> str:
    minutes = max(1, round(span.total_seconds() / 60))
    if minutes >= 2 * 24 * 60:
        return f"{minutes / 60 / 24:.3g} days"
    return f"{minutes / 60:.3g} h" if minutes >= 60 else f"{minutes} min"
