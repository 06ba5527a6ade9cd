"""The environment of the templates: how times, names, texts and pictures are written into pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import nh3
from jinja2 import DictLoader, Environment, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from feedhub.dedup.agencies import display_name
from feedhub.dedup.passages import abridged, differences
from feedhub.dedup.verdict import in_words
from feedhub.model import Story
from feedhub.render.provenance import line, writer
from feedhub.text import UNSPACED, excerpt, plural
from feedhub.web import pictures

TEMPLATES = Path(__file__).parent / "templates"
LEAD, LEAD_CJK = 280, 130  # characters of a text that a list shows; two or three lines
_NEAR = timedelta(days=30)  # times that are told as a distance
_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "cite", "code", "dd", "del", "dl", "dt", "em", "figcaption", "figure", "hr",
    "i", "ins", "kbd", "li", "ol", "p", "pre", "q", "rp", "rt", "ruby", "s", "small", "span", "strong", "sub", "sup",
    "table", "tbody", "td", "th", "thead", "time", "tr", "u", "ul",
}  # fmt: skip
_HEADINGS = re.compile(r"<(/?)h[1-6]\b[^>]*>", re.I)


@cache
def environment() -> Environment:
    """Templates with everything they use, compiled once for a process.

    Each is given `settings` and `now`, whose zone is that in which times are told.
    """
    # Read at once: between an update of feedhub and its next start pages would be made of old code and new templates.
    written = {file.name: file.read_text(encoding="utf-8") for file in TEMPLATES.glob("*.html")}
    made = Environment(
        loader=DictLoader(written), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters.update(
        agency=display_name, article=article, diff=diff, lag=lag, lead=lead, marked=marked, percent=percent,
        plural=plural, provenance=_provenance, reasons=in_words, runs=runs, span=span, toml=toml, when=when,
        writer=writer,
    )  # fmt: skip
    made.globals.update(
        address=address, bars=pictures.bars, day=pictures.day, legend=pictures.legend, strip=pictures.strip,
        ticks=pictures.ticks, timeline=pictures.timeline,
    )  # fmt: skip
    return made


def address(path: str, **query: str | int | None) -> str:
    """A path of ours with a query of those values that are not empty."""
    given = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


def percent(share: float) -> str:
    """ "62%"."""
    return f"{share:.0%}"


def lead(text: str, language: str, factor: float = 1.0) -> str:
    """The beginning of a text, for a list."""
    return excerpt(" ".join(text.split()), int((LEAD_CJK if language in UNSPACED else LEAD) * factor))


def article(html: str) -> Markup:
    """A story's text without pictures, which would tell their host who reads. Headings become paragraphs."""
    plain = nh3.clean(_HEADINGS.sub(lambda tag: f"<{tag[1]}p>", html), tags=_TAGS, link_rel="noopener noreferrer")
    return Markup(plain)  # noqa: S704, just cleaned


@pass_context
def when(context: Context, moment: datetime | None, source: str | None = None) -> Markup:
    """A `<time>`: how long ago it was, and on hovering when exactly, in the zone of the source or the pages."""
    if moment is None:
        return Markup("never")
    distance = context["now"] - moment
    words = _distance(distance) if abs(distance) < _NEAR else f"{moment.astimezone(context['now'].tzinfo):%-d %B %Y}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        moment.strftime("%Y-%m-%dT%H:%M:%SZ"), _exactly(moment, _zone(context, source)), words
    )


def _zone(context: Context, source: str | None) -> str:
    """The zone of a source that has one, else that of the pages."""
    settings = context["settings"]
    own = next((known.timezone for known in settings.sources if known.id == source), "UTC")
    return str(settings.timezone if own == "UTC" else own)


def _exactly(moment: datetime, zone: str) -> str:
    utc = f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    if zone == "UTC":
        return utc
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S} {zone} ({utc})"


def _distance(distance: timedelta) -> str:
    if abs(distance) < timedelta(seconds=45):
        return "just now" if distance >= timedelta(0) else "in a moment"
    words = span(abs(distance))
    return f"{words} ago" if distance > timedelta(0) else f"in {words}"


def span(length: timedelta) -> str:
    """ "3 minutes", "2 hours", "5 days"."""
    seconds = length.total_seconds()
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size * 0.95:
            return plural(max(1, round(seconds / size)), unit)
    return plural(round(seconds), "second")


def lag(later: timedelta | None) -> str:
    """ "+12 min"; "first" for none."""
    if not later:
        return "first"
    minutes = round(later.total_seconds() / 60)
    if minutes < 60:
        return f"+{minutes} min" if minutes else f"+{later.total_seconds():.0f} s"
    return f"+{minutes / 60:.1f} h" if minutes < 48 * 60 else f"+{minutes / 1440:.0f} d"


def _provenance(story: Story) -> Markup:
    """The writer, as a badge if it is an agency, and who else prints the story."""
    name = writer(story)
    rest = line(story).removeprefix(str(escape(name))).lstrip("。. ")
    kind = "badge" if story.agency else "by"
    return Markup('<span class="{}">{}</span> {}').format(kind, name, Markup(rest))  # noqa: S704, `line` escapes


_TOLD = {"same": "{}", "cut": "<del>{}</del>", "added": "<ins>{}</ins>"}


def diff(before: str, after: str, language: str) -> Markup:
    """The differences of two texts as HTML, long unchanged parts left out."""
    return runs(abridged(differences(before, after, language), language))


def runs(parts: Iterable[Any]) -> Markup:
    """Parts made by `dedup.passages` as HTML; paragraphs stay apart."""
    html = "".join(
        '<span class="gap" title="unchanged text is left out">[…]</span> '
        if part.kind == "gap"
        else _TOLD[part.kind].format(escape(part.text))
        for part in parts
    )
    return Markup(html.replace("\n", "<br>"))  # noqa: S704, every text in it is escaped


def marked(parts: Iterable[tuple[str, bool]]) -> Markup:
    """Parts of a text, the hits among them marked."""
    return Markup("").join(Markup("<mark>{}</mark>").format(part) if hit else escape(part) for part, hit in parts)


def toml(text: str) -> str:
    """A TOML string; a literal one where that reads better."""
    if "'" not in text and text.isprintable():
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False)
