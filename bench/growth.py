"""How cost grows with the work: `python bench/growth.py docs/growth.svg`.

One poll round in which every source has one new item, all in one process and without a network: read, normalise,
prepare, merge, select topics, store, index. Its CPU seconds while the number of sources, of items a feed, of topics
and of stored items doubles, the rest as it is. Draws four curves; where cost grows as the work, or not at all, none
rises above its dashed line. Prints the figures as one JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from feedhub.daemon.writer import ENTRIES
from feedhub.model import Settings, Source, Topic
from feedhub.parse.contents import Reading
from feedhub.parse.reading import read_document
from feedhub.store.polling.outcome import Claim, Outcome
from feedhub.store.writing import Store
from poll import WORDS, feed
from settings import settings_of

NOW = datetime.now(UTC)
LIST = 30  # items in each document of the stored ones
TOGETHER = ENTRIES // LIST  # polls in one transaction, as the daemon's writer has them of such documents


@dataclass(frozen=True, slots=True)
class Size:
    """What a round works on."""

    sources: int = 10
    items: int = 30
    topics: int = 10
    stored: int = 0  # items that were there before


GROWTH = {
    "sources": [Size(sources=n) for n in (5, 10, 20, 40)],
    "items of a feed": [Size(items=n) for n in (10, 20, 40, 80)],
    "topics": [Size(topics=n) for n in (25, 50, 100, 200)],
    "stored items": [Size(stored=n) for n in (2_400, 4_800, 9_600, 19_200)],
}


def cost(size: Size) -> float:
    """CPU milliseconds of a round, for each source."""
    with tempfile.TemporaryDirectory(prefix="feedhub-growth-") as directory:
        store = Store(Path(directory) / "feedhub.db", "bench")
        older = size.stored // LIST
        settings = _settings(Path(directory), size.sources + older, size.topics)
        store.configure(settings, NOW)
        sources = settings.sources[: size.sources]
        poll(store, settings.sources[size.sources :], LIST, 0)
        poll(store, sources, size.items, 0)
        begun = time.process_time()
        poll(store, sources, size.items, 1)
        took = time.process_time() - begun
        store.close()
    return took / size.sources * 1000


def poll(store: Store, sources: Sequence[Source], items: int, newer: int) -> None:
    """One round."""
    for at in range(0, len(sources), TOGETHER):
        part = sources[at : at + TOGETHER]
        claims = store.claim(NOW, len(part), timedelta(minutes=5), len(part), [source.id for source in part])
        of = {claim.source_id: claim for claim in claims}
        store.commit_polls([_outcome(store, of[source.id], source, items, newer) for source in part])
    while store.index_words():
        pass
    while store.relate(NOW)[0]:
        pass


def _outcome(store: Store, claim: Claim, source: Source, items: int, newer: int) -> Outcome:
    body = feed(int(source.id[1:]), items, newer)
    known = store.known(source.id)
    reading = read_document(body, content_type=None, url=source.url, source=source, now=NOW, known=known)
    assert isinstance(reading, Reading), reading
    return Outcome(
        claim=claim, at=NOW, result="document", status=200, size=len(body), feed_title=reading.title,
        items=reading.items, marks=reading.marks, wishes=reading.wishes,
    )  # fmt: skip


def _settings(directory: Path, sources: int, topics: int) -> Settings:
    return settings_of(
        directory,
        (Source(id=f"s{n}", url=f"http://site{n}.example/feed", title=f"S{n}", outlet=f"S{n}") for n in range(sources)),
        (Topic(id=f"t{n}", title=f"T{n}", match=f"{WORDS[50 + 3 * n]} OR {WORDS[900 + 7 * n]}") for n in range(topics)),
    )


# --- drawing ---------------------------------------------------------------------------------------------

WIDTH, HEIGHT, MARGIN = 340, 170, 48  # px of a chart: thousands fit beside their double, and milliseconds the axis


def drawn(measured: dict[str, list[tuple[int, float]]], machine: str) -> str:
    """Four curves side by side, CPU of the whole round over the work, both doubling; dashed: cost grows as the work."""
    charts = "".join(
        f'<g transform="translate({number * WIDTH} 30)">{_chart(title, points)}</g>'
        for number, (title, points) in enumerate(measured.items())
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH * len(measured)} {HEIGHT + 50}" '
        f'font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="white"/>'
        f'<text x="10" y="18">CPU ms of a poll round, one new item in every feed. {machine}</text>{charts}</svg>\n'
    )


def _chart(title: str, points: Sequence[tuple[int, float]]) -> str:
    most = max(max(cost for _, cost in points), points[0][1] * points[-1][0] / points[0][0])

    def place(work: float, cost: float) -> str:
        x = MARGIN + (WIDTH - 1.4 * MARGIN) * work / points[-1][0]
        return f"{x:.1f},{HEIGHT - (HEIGHT - 20) * cost / most:.1f}"

    proportional = [(work, points[0][1] * work / points[0][0]) for work, _ in points]
    marks = "".join(
        f'<text x="{place(work, 0).split(",")[0]}" y="{HEIGHT + 14}" text-anchor="middle">{work}</text>'
        f'<circle cx="{place(work, cost).split(",")[0]}" cy="{place(work, cost).split(",")[1]}" r="3" fill="#1565c0"/>'
        for work, cost in points
    )
    return (
        f'<text x="{MARGIN}" y="12">{title}</text><text x="{MARGIN - 4}" y="24" text-anchor="end">{most:.0f} ms</text>'
        f'<path d="M{MARGIN},20V{HEIGHT}H{WIDTH - 10}" fill="none" stroke="#888"/>'
        f'<polyline points="{" ".join(place(*point) for point in proportional)}" fill="none" stroke="#aaa" '
        f'stroke-dasharray="4"/>'
        f'<polyline points="{" ".join(place(*point) for point in points)}" fill="none" stroke="#1565c0" '
        f'stroke-width="2"/>{marks}'
    )


def main() -> None:
    """Measure, draw, print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("picture", type=Path)
    given = options.parse_args()
    measured = {
        title: [(_work(title, size), cost(size) * size.sources) for size in sizes] for title, sizes in GROWTH.items()
    }
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    given.picture.write_text(drawn(measured, machine))
    print(json.dumps({title: [[work, round(ms, 1)] for work, ms in points] for title, points in measured.items()}))


def _work(title: str, size: Size) -> int:
    return {"sources": size.sources, "items of a feed": size.items, "topics": size.topics, "stored items": size.stored}[
        title
    ]


if __name__ == "__main__":
    main()
