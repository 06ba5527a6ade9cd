"""Who wrote a story and who printed it, in words and links. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from html import escape

from feedhub.dedup.agencies import display_name
from feedhub.model import Copy, Story
from feedhub.text import fold

NAMED = 12  # outlets in the line; the rest are counted, and all are on the story's page
RELATED = 3  # stories of the same event that an entry links
WHOLE = 0.7  # of the fullest text: a copy with less of it is called shortened
AT_ONCE = timedelta(minutes=1)  # a copy that follows sooner is not called later

_JAPANESE = {"shortened": "短縮", "own headline": "独自見出し", "old figures": "旧数値"}
_UNITS = ((86400, "d", "日"), (3600, "h", "時間"), (60, "min", "分"))


def others(story: Story) -> list[Copy]:
    """The other outlets' copies, one of each; an outlet that has withdrawn its own prints none."""
    stand = story.standing
    first = {copy.outlet: copy for copy in reversed(stand)}
    return [copy for copy in stand if first[copy.outlet] is copy and copy.outlet != story.outlet]


def writer(story: Story) -> str:
    """The agency whose text it is, else the outlet."""
    return display_name(story.agency, story.language) if story.agency else story.outlet


def line(story: Story, remarked: bool = False, most: int = NAMED) -> str:
    """ "Kyodo News. Also in: The Mainichi, Japan Today", as HTML with links.

    `remarked` adds to each outlet how its copy differs, "(+12 min, shortened, own headline)", and links the copy that
    is shown, to which the title leads, as well.
    """
    source, more = writer(story), others(story)
    shown = next((copy for copy in story.copies if copy.canonical), None)
    printed = [copy for copy in more if copy.outlet != source and not _is_writer_s(copy, story)]
    by_writer = source == story.outlet or (shown is not None and _is_writer_s(shown, story))
    if shown and not by_writer:
        printed.insert(0, shown)
    by = _linked(source, shown) if remarked and shown and by_writer else escape(source)
    if not printed:
        return by
    names = [_linked(copy.outlet, copy) + (_remark(copy, story) if remarked else "") for copy in printed[:most]]
    left = len(printed) - most
    if story.language == "ja":
        names += [f"ほか{left}媒体"] if left > 0 else []
        return f"{by}。{'ほかに' if more else '掲載'}：{'、'.join(names)}"
    names += [f"{left} more"] if left > 0 else []
    return f"{by}. {'Also in' if more else 'In'}: {', '.join(names)}"


def _is_writer_s(copy: Copy, story: Story) -> bool:
    return copy.own and copy.agency == story.agency


def _linked(words: str, copy: Copy) -> str:
    name = escape(words)
    return f'<a href="{escape(copy.link)}">{name}</a>' if copy.link else name


def _remark(copy: Copy, story: Story) -> str:
    said = list(remarks(copy, story))
    if story.language == "ja":
        return f"（{'、'.join(said)}）" if said else ""
    return f" ({', '.join(said)})" if said else ""


def remarks(copy: Copy, story: Story) -> Iterator[str]:
    """How a copy differs from the story as it is shown, in the story's language."""
    japanese = story.language == "ja"
    if (lag := copy.published - story.began) >= AT_ONCE:
        yield _lag(lag, japanese)
    marks = {
        "shortened": copy.share < WHOLE and not copy.canonical,
        "own headline": bool(copy.title) and fold(copy.title) != fold(story.title),
        "old figures": copy.outdated,
    }
    for words, true in marks.items():
        if true:
            yield _JAPANESE[words] if japanese else words


def _lag(lag: timedelta, japanese: bool) -> str:
    """ "+12 min", "12分後"; in the largest unit of which it has one and a half."""
    seconds = lag.total_seconds()
    size, unit, character = next((row for row in _UNITS if seconds >= 1.5 * row[0]), _UNITS[-1])
    count = f"{seconds / size:.0f}"
    return f"{count}{character}後" if japanese else f"+{count} {unit}"
