"""Lists elsewhere that name sources: read, kept, and polled like the configuration's own."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from build import new_store
from feedhub.cli.app import cli
from feedhub.config.load import parse
from feedhub.config.subscribed import subscribed
from feedhub.daemon import lists
from feedhub.daemon.lists import refresh, take_over
from feedhub.errors import ConfigError, FeedhubError
from feedhub.model import NamedFeed, Settings
from feedhub.opml import read_list
from feedhub.store.polling.lists import ListCheck
from feedhub.store.reading import Reader
from internet import HOUR, START, World, rss

LIST = "https://lists.example/feeds.opml"
OPML = """<opml version="2.0"><body><outline text="Japan"><outline text="A" xmlUrl="{0}/a"/></outline>
<outline text="B" xmlUrl="{0}/b"/></body></opml>"""


def configured(text: str) -> Settings:
    return parse(text, Path("feedhub.toml"), lambda *query: None)


def test_a_list_is_opml_or_lines_and_names_web_addresses_only() -> None:
    opml = read_list(OPML.format("https://x.example").encode(), LIST)
    assert [(one.url, one.tags) for one in opml] == [("https://x.example/a", ("Japan",)), ("https://x.example/b", ())]
    lines = b"\xef\xbb\xbf# ours\n\nhttps://x.example/a  The Herald \nfile:///etc/passwd\nhttps://x.example/a\nno\r\n"
    assert [(one.url, one.title) for one in read_list(lines, LIST)] == [("https://x.example/a", "https://x.example/a")]
    named = read_list(b"https://x.example/a\tno title\nhttps://x.example/b The <img src=x>Herald", LIST)
    assert named[-1].title == "The Herald"


@pytest.mark.parametrize(
    "document", [b"", b"<html><body>Sorry", b"file:///etc/passwd", b"exec://rm", b"<opml><body/></opml>"]
)
def test_what_names_no_feeds_is_no_list(document: bytes) -> None:
    with pytest.raises(FeedhubError):
        read_list(document, LIST)


def test_listed_sources_stand_beside_the_configured_and_keep_their_ids() -> None:
    settings = configured(
        f'[sources.own]\nurl = "https://X.example:443/own"\n[lists.desk]\nurl = "{LIST}"\n'
        'tags = ["wire"]\nlanguage = "ja"\n'
        '[lists.other]\nurl = "https://lists.example/other"\ntags = ["other"]\nmax_interval = "1h"'
    )
    feeds = [NamedFeed(url=f"https://x.example/{name}", title=name, tags=("t",)) for name in ("a", "own", "b")]
    full = subscribed(settings, {"desk": feeds, "other": feeds[:1], "gone": feeds})
    assert [(source.url[-3:], source.tags, source.list) for source in full.sources] == [
        ("own", (), None), ("e/a", ("wire", "t", "other"), "desk"), ("e/b", ("wire", "t"), "desk"),
    ]  # fmt: skip
    assert full.sources[1].language == "ja"
    ids = {source.url: source.id for source in full.sources}
    fewer = subscribed(full, {"desk": feeds[:0:-1]})
    assert {source.url: source.id for source in fewer.sources}.items() <= ids.items()
    assert len(fewer.sources) == 2


def test_mistakes_in_a_list_s_table_are_named() -> None:
    with pytest.raises(ConfigError) as caught:
        configured('[lists.Desk]\nurl = "file:///x"\nrefesh = "1h"\nmin_interval = "9h"\n')
    said = str(caught.value)
    assert "lists.Desk: an id has lower-case letters" in said
    assert "lists.Desk.url: is an http or https address" in said
    assert "did you mean 'refresh'?" in said


def test_a_list_that_left_the_configuration_is_forgotten_with_its_trouble(tmp_path: Path) -> None:
    text = f'[daemon]\ndatabase = "{tmp_path / "feedhub.db"}"\n'
    listed = configured(f'{text}[lists.desk]\nurl = "{LIST}"\n')
    with closing(new_store(listed.database)) as store, closing(Reader(listed.database)) as reader:
        store.configure(listed, START)
        feeds = (NamedFeed(url="https://x.example/a", title="A", tags=()),)
        look = ListCheck(id="desk", at=START, refresh=HOUR, subscriptions=feeds)
        assert store.note_list(look)
        store.note_list(replace(look, at=START + 2 * HOUR, subscriptions=None, error="HTTP 500"))
        store.note_list(replace(look, at=START + 30 * HOUR, subscriptions=None, error="HTTP 500"))
        assert [one.ended for one in reader.polled.incidents(5)] == [None]
        store.configure(configured(text), START + 31 * HOUR)
        assert (store.lists(), dict(store.lists_due(START + 99 * HOUR))) == ({}, {})
        assert [one.ended for one in reader.polled.incidents(5)] == [START + 31 * HOUR]
        assert not store.note_list(look), "it was looked at when it left"
        assert store.lists() == {}


def test_a_command_tells_how_lists_are_doing(tmp_path: Path) -> None:
    daemon = f'[daemon]\ndatabase = "{tmp_path / "feedhub.db"}"\n'
    text = daemon + f'[lists.desk]\nurl = "{LIST.replace("//", "//me:secret@")}"\n'
    (tmp_path / "feedhub.toml").write_text(text)
    settings = parse(text, tmp_path / "feedhub.toml", lambda *query: None)
    store = new_store(settings.database)
    store.configure(settings, START)
    feeds = tuple(NamedFeed(url=f"https://x.example/{name}", title=name) for name in "abc")
    store.note_list(ListCheck(id="desk", at=START, refresh=HOUR, subscriptions=feeds))
    store.note_list(ListCheck(id="desk", at=START + HOUR, refresh=HOUR, error="HTTP 503"))
    store.close()

    def told(*arguments: str) -> Result:
        return CliRunner().invoke(cli, ["sources", "--lists", *arguments, "--config", str(tmp_path / "feedhub.toml")])

    (one,) = map(json.loads, told("--json").output.splitlines())
    assert (one["sources"], one["failures"], one["error"], one["url"]) == (3, 1, "HTTP 503", LIST)
    assert "HTTP 503" in told().output
    assert "secret" not in told().output
    assert told("--moved").exit_code == 2


async def look(world: World, settings: Settings) -> Settings:
    assert world.writer
    assert world.doors
    if await refresh(settings, world.writer, world.doors):
        settings = await take_over(settings, world.writer, world.now)
        assert world.polls
        world.polls.configure(settings)
    return settings


async def test_of_a_list_without_an_end_the_first_sources_are_taken_and_the_log_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(lists, "MOST", 2)
    at = f"http://lists.example:{world.port}"
    world.feed("lists.example/feeds.txt", f"{at}/a\n{at}/b\n{at}/c\n")
    settings = configured(f'[lists.desk]\nurl = "{at}/feeds.txt"\nallow_private = true\n')
    await world.configure()
    assert world.writer
    await world.writer.do(lambda store: store.configure(settings, world.now))
    with caplog.at_level("WARNING"):
        settings = await look(world, settings)
    assert [source.url for source in settings.sources] == [f"{at}/a", f"{at}/b"]
    assert [health.sources for health in world.reader(lambda reader: reader.polled.list_health())] == [2]
    assert "list.cut" in caplog.text


async def test_the_server_of_a_list_is_left_alone_for_as_long_as_it_asks(world: World) -> None:
    world.feed("lists.example/feeds.txt", "-", status=503, **{"Retry-After": "10800"})
    settings = configured(f'[lists.desk]\nurl = "http://lists.example:{world.port}/feeds.txt"\nallow_private = true\n')
    await world.configure()
    assert world.writer
    await world.writer.do(lambda store: store.configure(settings, world.now))
    assert await look(world, settings) is settings
    (health,) = world.reader(lambda reader: reader.polled.list_health())
    assert (health.failures, health.sources, health.next_look) == (1, 0, world.now + 3 * HOUR)
    assert "HTTP 503" in (health.error or "")


async def test_a_list_is_looked_at_conditionally_and_its_last_good_copy_is_polled_on(world: World) -> None:
    at = f"http://lists.example:{world.port}"
    world.feed("lists.example/feeds.opml", OPML.format(at), ETag='"1"')
    world.feed("lists.example/a", rss("A"))
    world.feed("lists.example/b", rss("B"))
    text = f'[lists.desk]\nurl = "{at}/feeds.opml"\nallow_private = true\nrefresh = "2h"\ntags = ["wire"]\n'
    settings = configured(text)
    await world.configure()
    assert world.writer
    await world.writer.do(lambda store: store.configure(settings, world.now))
    settings = await look(world, settings)
    assert [source.title for source in settings.sources] == ["A", "B"]
    await world.until(START + timedelta(seconds=10), timedelta(seconds=2))
    assert [report.new for report in world.reports] == [1, 1]

    world.feed("lists.example/feeds.opml", "-", status=304)
    world.now += 2 * HOUR
    assert await look(world, settings) is settings
    assert world.asked[-1][2]["If-None-Match"] == '"1"'

    world.feed("lists.example/feeds.opml", "<html><body>Sorry, maintenance")
    for _ in range(3):
        world.now += 2 * HOUR
        assert await look(world, settings) is settings
    (incident,) = world.incidents()
    assert (incident.title, incident.kind, incident.ended) == ("The list desk", "broken", None)
    assert incident.words.endswith("What it named last is polled on.")
    assert len((await take_over(configured(text), world.writer, world.now)).sources) == 2
    (health,) = world.reader(lambda reader: reader.polled.list_health())
    assert (health.id, health.sources, health.failures, health.error) == ("desk", 2, 3, incident.words.split(". ")[0])
    assert health.last_read < health.failing_since < health.next_look

    world.feed("lists.example/feeds.opml", f"{at}/b\n")
    world.now += 2 * HOUR
    settings = await look(world, settings)
    assert [source.url for source in settings.sources] == [f"{at}/b"]
    assert world.incidents()[0].ended == world.now
    world.now += 2 * HOUR
    await world.tick()
    assert world.asked[-1][0] == "lists.example/b"
