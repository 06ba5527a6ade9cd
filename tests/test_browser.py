"""The pages in a real browser: how they look, whom they ask, what a newcomer and an editor do on them.

Needs Chromium, Playwright (`pip install -e '.[e2e]'`), and axe-core for the accessibility check: on a CI machine
`make test` installs them. Screenshots are left in build/screenshots.
"""

from __future__ import annotations

import asyncio
import os
import queue
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import uvloop

from feedhub.web.server import served
from feedhub.wireroom import WireRoom, configuration, press
from process import Answer, address_of, called, free_port, running, until

CHROMIUM = os.environ.get("FEEDHUB_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(180),
    pytest.mark.skipif(not find_spec("playwright"), reason="needs playwright (the extra e2e)"),
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="needs chromium"),
]

ROOT = Path(__file__).parents[1]
AXE = ROOT / ".venv/axe/node_modules/axe-core/axe.min.js"
SCREENSHOTS = ROOT / "build/screenshots"
TOKEN = "the wire room's token"
OWN_WORDS = (
    " Residents of the coast said that they had felt nothing like it for many years, and some of them spent the early"
    " hours in their cars."
)
NOTHING_YET = '<rss version="2.0"><channel><title>Dockside News</title></channel></rss>'
MORNING = (0, 70, 140, 400)  # seconds into it, when the papers are polled: flash, lead, update, corrections
SCREENS = ((390, 844), (768, 1024), (1440, 1024))
SEEN = ["color-contrast", "link-in-text-block", "scrollable-region-focusable"]  # rules that ask how a page looks
AUDITED = {  # the markup is the same everywhere, and hides nothing anywhere
    "390-light": "rules: {}",
    "1440-dark": f"runOnly: {SEEN}",
}
PICTURED = ("390-light", "768-dark", "1440-light")  # each screen once
TALLEST = 3000  # px of a screenshot; what follows on longer pages is more of the same list
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--hide-scrollbars"]  # fmt: skip


@contextmanager
def wire_room(start: datetime, elapsed: list[float]) -> Iterator[str]:
    """A wire room that opens at `start`, on a loop of its own; its clock stands at `elapsed[0]`."""
    address: queue.Queue[str] = queue.Queue()
    loop, closing = uvloop.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        async with served(WireRoom(start, lambda: elapsed[0]).app(), "127.0.0.1", 0) as at:
            address.put(at)
            await closing.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    try:
        yield address.get(timeout=10)
    finally:
        loop.call_soon_threadsafe(closing.set)
        thread.join()
        loop.close()


def doubtful_copy(start: datetime) -> str:
    """A feed of one item that begins like a wire story and goes on by itself: a merge on thin evidence."""
    articles = press.edition(press.load(), "tsubame-en", start, 0)
    wire = next(article for article in articles if "strikes off Akita" in article.headline)
    text = wire.paragraphs[0] + OWN_WORDS
    now = f"{start:%a, %d %b %Y %H:%M:%S +0000}"
    return f"""<rss version="2.0"><channel><title>Dockside News</title><item><title>Quake felt in Oga</title>
        <link>http://dockside.example/quake</link><pubDate>{now}</pubDate>
        <description>{text}</description></item></channel></rss>"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a daemon with a whole morning in its store, a source that fails, and a doubtful merge."""
    directory, elapsed, start = tmp_path_factory.mktemp("hub"), [0.0], datetime.now(UTC)
    file, feed = directory / "feedhub.toml", directory / "dockside.xml"
    feed.write_text(NOTHING_YET, encoding="utf-8")
    with wire_room(start, elapsed) as room:
        port = free_port()
        text = configuration(room, f"127.0.0.1:{port}", str(directory / "feedhub.db"), TOKEN)
        text += f"""
            [sources.dockside]
            url = "{feed.as_uri()}"
            title = "Dockside News"
            [sources.gazette]
            url = "http://127.0.0.1:{free_port()}/feed.xml"
            title = "The Vanished Gazette"
            allow_private = true
            """
        file.write_text(text.replace('"10s"', '"6h"').replace('"5s"', '"1h"'), encoding="utf-8")
        papers = [*press.load().outlets, "gazette"]
        with running(file):  # which does the polls that are asked for; its parsers start but once
            for at in MORNING:
                elapsed[0] = at
                polled = called("poll", "--config", file, *papers)
                assert "Traceback" not in polled.stderr, polled.stderr
            feed.write_text(doubtful_copy(start), encoding="utf-8")
            called("poll", "--config", file, "dockside")
            yield address_of(file)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright  # here: it takes a fifth of a second to load, of every run

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Visitor:
    """A page in a browser, and what it complained of."""

    page: Any
    hub: str
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda said: self._complain(said.type in ("error", "warning"), said.text))
        self.page.on("pageerror", lambda error: self._complain(True, str(error)))
        self.page.on("request", lambda asked: self._complain(not asked.url.startswith(self.hub), f"asks {asked.url}"))

    def _complain(self, wrong: bool, what: str) -> None:
        if wrong:
            self.complaints.append(f"{self.page.url}: {what}")

    def go(self, path: str) -> Any:
        """Open a page of the hub."""
        answer = self.page.goto(self.hub + path)
        assert answer
        return answer

    def log_in(self, back: str) -> None:
        """As an editor."""
        self.go(f"/login?back={back}")
        self.page.get_by_label("Admin token").fill(TOKEN)
        self.page.get_by_label("Your name").fill("Day desk")
        self.page.get_by_role("button", name="Log in").click()
        self.page.wait_for_url(self.hub + back)


@contextmanager
def visitor(browser: Any, hub: str, width: int = 1440, **options: Any) -> Iterator[Visitor]:
    context = browser.new_context(viewport={"width": width, "height": dict(SCREENS)[width]}, **options)
    try:
        yield Visitor(context.new_page(), hub)
    finally:
        context.close()


def story_of(hub: str, words: str) -> str:
    """The path of the story in a headline of which these words stand."""
    page = Answer(f"{hub}/topics/all?q={quote(words)}").body.decode()
    match = re.search(r'href="(/stories/[\w-]+)"', page)
    assert match, words
    return match[1]


PAGES = {  # by the name of its screenshot; a story by a query that finds it
    "front": "/", "earlier": "/?before=2100-01-01T00:00:00Z", "topics": "/topics", "topic": "/topics/all",
    "story": "title:rice copies>=4", "story-ja": "lang:ja copies>=4", "story-corrected": "title:heaters",
    "story-running": "title:ferry copies>=3", "search": "/search?q=quake*", "search-help": "/search",
    "sources": "/sources", "source": "/sources/gazette", "outlets": "/outlets", "review": "/review",
    "login": "/login", "lost": "/nowhere",
}  # fmt: skip


def path_of(name: str, hub: str) -> str:
    """Where a page is."""
    return PAGES[name] if PAGES[name].startswith("/") else story_of(hub, PAGES[name])


def looks(one: Visitor) -> Iterator[str]:
    """The open page as a phone, a tablet and a desk show it, in either colour scheme; the name of each."""
    for width, height in SCREENS:
        one.page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            one.page.emulate_media(color_scheme=scheme)
            yield f"{width}-{scheme}"


@pytest.mark.parametrize("name", PAGES)
def test_every_page_fits_asks_nobody_else_and_does_not_complain(browser: Any, hub: str, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with visitor(browser, hub) as one:
        assert one.go(path_of(name, hub)).status == (404 if name == "lost" else 200)
        for look in looks(one):
            width, height = one.page.evaluate(
                "(({scrollWidth: w, scrollHeight: h}) => [w, h])(document.documentElement)"
            )
            assert width <= int(look.partition("-")[0]), f"{width} px is too wide for {look}"
            if look in PICTURED:
                shown = {"x": 0, "y": 0, "width": width, "height": min(height, TALLEST)}
                one.page.screenshot(path=SCREENSHOTS / f"{name}-{look}.png", full_page=True, clip=shown)
        assert [said for said in one.complaints if "/nowhere" not in said] == []


UNBROKEN = """for (const node of document.querySelectorAll(
    'nav a, h1, h2, h3, .standfirst, .also, .title, .by, .text p, .diff p, .outlet, td, dd')) {
    (node.querySelector('a') ?? node).append(' https://paper.example/' + 'a'.repeat(480));
}"""


@pytest.mark.parametrize("name", PAGES)
def test_no_page_scrolls_sideways_for_a_word_that_has_no_end(browser: Any, hub: str, name: str) -> None:
    with visitor(browser, hub) as one:
        one.go(path_of(name, hub))
        one.page.evaluate(UNBROKEN)
        for width in (380, 800, 1280):
            one.page.set_viewport_size({"width": width, "height": 900})
            assert one.page.evaluate("document.documentElement.scrollWidth") <= width, f"{width} px"


def test_a_phone_shows_all_of_the_sources_without_scrolling_sideways(browser: Any, hub: str) -> None:
    with visitor(browser, hub) as one:
        one.go("/sources")
        one.page.set_viewport_size({"width": 380, "height": 844})
        table = one.page.get_by_role("region", name="Table of sources")
        assert table.evaluate("region => region.scrollWidth - region.clientWidth") == 0
        assert "Next poll" in table.locator("td").last.evaluate("cell => getComputedStyle(cell, '::before').content")


@pytest.mark.parametrize("name", ["source", "sources"])
def test_a_phone_shows_each_time_of_a_table_in_one_line(browser: Any, hub: str, name: str) -> None:
    with visitor(browser, hub, 390) as one:
        one.go(path_of(name, hub))
        times = one.page.locator("td time")
        assert times.count()
        assert times.evaluate_all("times => times.every(time => time.getClientRects().length === 1)")


@pytest.mark.skipif(not AXE.exists(), reason="needs axe-core (make axe)")
def test_axe_finds_nothing_serious(browser: Any, hub: str) -> None:
    source, found = AXE.read_text(encoding="utf-8"), {}
    with visitor(browser, hub) as one:
        one.log_in("/review")
        for name in PAGES:
            one.go(path_of(name, hub))
            one.page.evaluate("for (const node of document.querySelectorAll('details')) { node.open = true; }")
            one.page.evaluate(source)
            for look in looks(one):
                if rules := AUDITED.get(look):
                    violations = one.page.evaluate(f"axe.run({{ resultTypes: ['violations'], {rules} }})")["violations"]
                    for rule in violations:
                        if rule["impact"] in ("serious", "critical"):
                            found[name, look, rule["id"]] = [node["html"] for node in rule["nodes"]][:3]
    assert found == {}


def test_without_scripts_all_is_there(browser: Any, hub: str) -> None:
    with visitor(browser, hub, java_script_enabled=False) as one:
        one.go("/")
        one.page.locator(".leads h3 a").first.click()
        one.page.get_by_text("Why are these together?").wait_for()
        one.page.locator("#differences ~ details summary").first.click()
        assert one.page.locator(".diff").first.is_visible()


def test_a_newcomer_reads_a_story_follows_a_related_one_and_finds_the_feed(browser: Any, hub: str) -> None:
    with visitor(browser, hub, 390) as one:
        page = one.page
        one.go("/")
        page.locator(".leads h3 a").first.click()
        assert page.locator(".copies li").count() >= 2
        assert page.locator(".timeline li").count() >= 2
        story = story_of(hub, "title:東京株")
        until(lambda: b'class="related"' in Answer(f"{hub}{story}").body, "relating the story to another")
        one.go(story)
        related = page.locator(".related h3 a").first
        told = related.inner_text()
        related.click()
        assert page.locator("h1").inner_text() == told
        page.get_by_role("navigation", name="Sections").get_by_role("link", name="Politics and trade").click()
        declared = page.locator('link[rel="alternate"][type="application/atom+xml"]').get_attribute("href")
        shown = page.locator(".state").get_by_role("link", name="Politics and trade as Atom").get_attribute("href")
        assert declared == shown == "/topics/politics.atom"
        assert Answer(hub + declared).status == 200
        assert one.complaints == []


@pytest.mark.skipif(not shutil.which("newsboat"), reason="needs newsboat")
def test_newsboat_takes_the_feed_that_a_page_declares(browser: Any, hub: str, tmp_path: Path) -> None:
    with visitor(browser, hub) as one:
        one.go("/topics/nature")
        address = one.page.locator('link[type="application/atom+xml"]').evaluate("link => link.href")
    (tmp_path / "urls").write_text(f"{address}\n", encoding="utf-8")
    (tmp_path / "config").touch()
    boat = ["newsboat", "-q", f"-u{tmp_path / 'urls'}", f"-c{tmp_path / 'cache.db'}", f"-C{tmp_path / 'config'}"]
    subprocess.run([*boat, "-x", "reload"], check=True, timeout=60, capture_output=True)
    unread = subprocess.run([*boat, "-x", "print-unread"], check=True, timeout=60, capture_output=True, text=True)
    assert int(unread.stdout.split()[0]) >= 4


def test_an_editor_splits_a_wrong_merge_by_one_key_and_the_feed_follows(browser: Any, hub: str) -> None:
    printing = "&gt;Dockside News&lt;/a&gt;"  # among those who printed it; it may still be named as related

    def printed() -> str:
        feed = Answer(f"{hub}/topics/nature.atom").body.decode()
        return next(entry for entry in re.findall(r"<entry.*?</entry>", feed, re.S) if "strikes off Akita" in entry)

    assert printing in printed()
    with visitor(browser, hub) as one:
        one.log_in("/review")
        page = one.page
        assert page.url == f"{hub}/review"
        pair = page.locator(".pair").first
        assert "Quake felt in Oga" in pair.inner_text()
        assert pair.locator("mark").count() >= 2
        page.keyboard.press("j")
        page.keyboard.press("s")
        page.locator("#rulings ~ ul").get_by_text("Day desk").first.wait_for()
        until(lambda: printing not in printed(), "the split")
        page.get_by_role("button", name="undo").first.click()  # as it was, for whoever comes next
        until(lambda: printing in printed(), "the undoing")
        assert one.complaints == []


@pytest.fixture(scope="module")
def below(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a daemon that stands below a path, with one story in its store."""
    directory, place = tmp_path_factory.mktemp("below"), f"127.0.0.1:{free_port()}"
    file, feed = directory / "feedhub.toml", directory / "dockside.xml"
    feed.write_text(doubtful_copy(datetime.now(UTC)), encoding="utf-8")
    root = f"http://{place}/papers/desk"
    file.write_text(
        f'[daemon]\nlisten = "{place}"\npublic_url = "{root}"\ndatabase = "{directory / "feedhub.db"}"\n'
        f'admin_token = "{TOKEN}"\n[sources.dockside]\nurl = "{feed.as_uri()}"\n',
        encoding="utf-8",
    )
    with running(file):
        called("poll", "--config", file, "dockside")
        yield root


def test_below_a_path_a_reader_and_an_editor_get_about(browser: Any, below: str) -> None:
    with visitor(browser, below) as one:
        one.go("/")
        one.page.locator(".leads h3 a").first.click()
        one.page.wait_for_url(f"{below}/stories/*")
        one.log_in("/review")
        one.page.get_by_role("button", name="log out").click()
        one.page.wait_for_url(f"{below}/")
        one.page.get_by_label("Search stories").fill("quake")
        one.page.get_by_label("Search stories").press("Enter")
        one.page.wait_for_url(f"{below}/search?q=quake")
        assert one.complaints == []


@pytest.mark.parametrize("where", ["hub", "below"])
def test_the_last_front_page_is_there_without_a_connection(
    browser: Any, request: pytest.FixtureRequest, where: str
) -> None:
    with visitor(browser, request.getfixturevalue(where), 390) as one:
        page = one.page
        one.go("/")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        one.go("/")  # now through the worker, which keeps it
        headline = page.locator(".leads h3").first.inner_text()
        page.context.set_offline(True)
        page.reload()
        assert page.locator(".leads h3").first.inner_text() == headline
        assert page.locator("#offline").is_visible()
        page.context.set_offline(False)
