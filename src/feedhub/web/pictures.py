"""Pictures as inline SVG, drawn on the server. Pure.

Positions are in per cent, so that a picture fills its place on any screen; colours and sizes are the stylesheet's. Each
picture has a text for those who do not see it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from markupsafe import Markup

from feedhub.model import Story
from feedhub.store.activity import Slot
from feedhub.store.merging.development import Revision
from feedhub.store.polling.fetches import KEPT, PastFetch

MOST_TICKS = 12
ROWS = 30  # outlets in a timeline
_STEPS = tuple(timedelta(minutes=m) for m in (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 14400))
_RESULTS = {"new": ("new", 12), "same": ("idle", 5), "unchanged": ("idle", 3), "failed": ("failed", 14)}
_SAID = {"new": "brought something", "same": "brought nothing new", "unchanged": "were answered by 304"}


def ticks(count: int) -> Markup:
    """One stroke for each outlet that prints a story; the words beside it say the same."""
    drawn = min(count, MOST_TICKS)
    path = "".join(f"M{4 * n + 1} 1v9" for n in range(drawn))
    return Markup('<svg class="ticks" width="{}" height="11" aria-hidden="true"><path d="{}"/></svg>').format(
        4 * drawn + 1, path
    )


def bars(values: Sequence[int], what: str) -> Markup:
    """A sparkline of counts, the last one today."""
    top = max((*values, 1))
    path = "".join(
        f"M{n * 10} 24h8v{-height}h-8z"
        for n, value in enumerate(values)
        for height in (max(round(22 * value / top), 1) if value else 0.5,)
    )
    said = f"{what}: {', '.join(map(str, values))}"
    return Markup(
        '<svg class="spark" viewBox="0 0 {} 24" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<title>{}</title><path d="{}"/></svg>'
    ).format(len(values) * 10 - 2, said, said, path)


def strip(fetches: Sequence[PastFetch]) -> Markup:
    """The last fetches as cells, the latest on the right: what each came to, by colour and by height."""
    paths: dict[str, str] = {}
    for n, fetch in enumerate(fetches, KEPT - len(fetches)):
        name, height = _RESULTS.get(fetch.result, ("failed", 14))
        paths[name] = paths.get(name, "") + f"M{n * 4} 15h3v{-height}h-3z"
    counted = Counter(fetch.result for fetch in fetches)
    said = ", ".join(f"{count} {_SAID.get(result, result)}" for result, count in counted.most_common())
    drawn = Markup("").join(Markup('<path class="{}" d="{}"/>').format(name, path) for name, path in paths.items())
    return Markup(
        '<svg class="strip" viewBox="0 0 {0} 15" role="img" aria-label="{1}"><title>{2}</title>'
        '<path class="rail" d="M0 15h{0}"/>{3}</svg>'
    ).format(KEPT * 4 - 1, f"The last {len(fetches)} fetches: {said}", f"The last {len(fetches)}: {said}", drawn)


def legend() -> Markup:
    """What the cells of a strip mean."""
    cells = (("new", 12, "new"), ("idle", 5, "nothing new"), ("failed", 14, "failed"))
    return Markup("").join(
        Markup(
            '<svg class="strip" viewBox="0 0 15 15" aria-hidden="true"><path class="{}" d="M0 15h15v{}h-15z"/></svg>{}'
        ).format(name, -height, words)
        for name, height, words in cells
    )


def day(slots: Sequence[Slot], name: str, what: str, zone: tzinfo) -> Markup:
    """One measure of activity over a day, in quarters of an hour, with a line at every sixth hour of the zone."""
    values = [getattr(slot, name) for slot in slots]
    top = max((*values, 1))
    path = "".join(f"M{n * 4} 40h3v{-max(round(36 * value / top), 1)}h-3z" for n, value in enumerate(values) if value)
    starts = (slot.start.astimezone(zone) for slot in slots)
    lines = "".join(f"M{n * 4} 0v40" for n, start in enumerate(starts) if start.hour % 6 == start.minute == 0)
    said = f"{what} in the last 24 hours: {sum(values)} in all, at most {max((*values, 0))} in a quarter of an hour"
    return Markup(
        '<svg class="day {}" viewBox="0 0 {} 41" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<title>{}</title><path class="grid" d="{}"/><path class="grid" d="M0 40.5h{}"/><path d="{}"/></svg>'
    ).format(name, len(slots) * 4, said, said, lines, len(slots) * 4, path)


@dataclass(frozen=True, slots=True)
class Row:
    """One outlet's line in a timeline."""

    outlet: str
    agency: bool  # whether it has the copy that the story is shown by
    later: timedelta
    svg: Markup


@dataclass(frozen=True, slots=True)
class Timeline:
    """Who printed a story when."""

    rows: tuple[Row, ...]
    left: int  # outlets that are not drawn
    axis: Markup


def timeline(story: Story, revisions: Sequence[Revision], zone: tzinfo) -> Timeline:
    """The outlets in the order of their first copies; a disc is a copy, a ring a change of it."""
    copies = sorted(story.copies, key=lambda copy: (copy.published, copy.item_id))
    moments = [copy.published for copy in copies] + [revision.at for revision in revisions]
    start, end = min(moments), max(moments)
    scale = _Scale(start, max(end - start, timedelta(minutes=1)), zone)
    outlets = list(dict.fromkeys(copy.outlet for copy in copies))
    rows = []
    for outlet in outlets[:ROWS]:
        own = [copy for copy in copies if copy.outlet == outlet]
        ids = {copy.item_id for copy in own}
        changed = [revision for revision in revisions if revision.item in ids]
        marks = [_mark(scale, copy.published, "copy canonical" if copy.canonical else "copy", 5) for copy in own]
        marks += [_mark(scale, revision.at, "revision", 4) for revision in changed]
        svg = Markup('<svg class="track" height="22" aria-hidden="true">{}{}{}</svg>').format(
            scale.grid(22),
            Markup('<line class="rail" x1="{}%" x2="{}%" y1="11" y2="11"/>').format(
                scale.place(own[0].published),
                scale.place(max((*(c.published for c in own), *(r.at for r in changed)))),
            ),
            Markup("").join(marks),
        )
        rows.append(Row(outlet, any(copy.canonical for copy in own), own[0].published - start, svg))
    return Timeline(tuple(rows), len(outlets) - len(rows), scale.axis())


def _mark(scale: _Scale, at: datetime, kind: str, radius: int) -> Markup:
    return Markup('<circle class="{}" cx="{}%" cy="11" r="{}"/>').format(kind, scale.place(at), radius)


class _Scale:
    """Times as places between 2 and 98 per cent, with lines at round times of a zone."""

    def __init__(self, start: datetime, length: timedelta, zone: tzinfo):
        self._start, self._length, self._zone = start, length, zone
        step = next((step for step in _STEPS if length / step <= 5), length)
        first = start.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
        first += step * ((start - first) // step)
        steps = (first + step * n for n in range(8))
        self._lines = [time for time in steps if start <= time <= start + length]

    def place(self, at: datetime) -> float:
        """Per cent from the left."""
        return round(2 + 96 * ((at - self._start) / self._length), 2)

    def grid(self, height: int) -> Markup:
        """The lines of one row."""
        return Markup("").join(
            Markup('<line class="grid" x1="{0}%" x2="{0}%" y1="0" y2="{1}"/>').format(self.place(time), height)
            for time in self._lines
        )

    def axis(self) -> Markup:
        """The row of times below."""
        days = self._length > timedelta(days=2)
        labels = Markup("").join(
            Markup('<text x="{}%" y="12">{}</text>').format(
                min(max(self.place(time), 6), 94), f"{time.astimezone(self._zone):{'%-d %b' if days else '%H:%M'}}"
            )
            for time in self._lines
        )
        return Markup('<svg class="track axis" height="16" aria-hidden="true">{}</svg>').format(labels)
