"""Commands, as a person calls them."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import click
import pytest
from aiohttp import web
from click.shell_completion import BashComplete
from click.testing import CliRunner, Result

from build import BUDGET, QUAKE, START, gibberish, item, new_store, printed, settings, source
from feedhub.cli.app import COMMANDS, cli, main
from feedhub.config.load import load, parse
from feedhub.config.units import place
from feedhub.daemon.configuring import needs_restart, places, with_fixed
from feedhub.daemon.settings import listening
from feedhub.errors import ConfigError
from feedhub.model import Topic
from feedhub.store.writing import Store
from feedhub.web.server import served

ROOT = Path(__file__).resolve().parents[1]
CONFIG = """
[daemon]
database = "{database}"
[sources.herald]
url = "http://herald.example/feed"
title = "Herald"
[sources.tsubame]
url = "http://tsubame.example/feed"
[topics.all]
title = "All"
[topics.quakes]
title = "Quakes"
match = "quake"
"""
Call = Callable[..., Result]


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    file = tmp_path / "feedhub.toml"
    database = tmp_path / "feedhub.db"
    file.write_text(CONFIG.format(database=database))
    store = new_store(database)
    papers = [source("herald"), source("tsubame")]
    store.configure(settings(database, papers, [Topic(id="all", title="All", match="")]), START)
    printed(store, "herald", item("herald", "Quake\x1b[31m hits", QUAKE), item("herald", "Budget", BUDGET))
    printed(store, "tsubame", item("tsubame", "M6.1 quake", QUAKE))
    store.close()
    return file


@pytest.fixture
def call(desk: Path) -> Call:
    def called(*arguments: str) -> Result:
        return CliRunner().invoke(cli, [*arguments, "--config", str(desk)])

    return called


def told(result: Result) -> list[dict[str, object]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_items_are_listed_with_all_that_is_promised(call: Call) -> None:
    listed = told(call("items", "--json"))
    assert set(listed[0]) == {
        "id", "source", "guid", "link", "title", "text", "published", "first_seen", "language", "agency", "story",
    }  # fmt: skip
    assert [one["source"] for one in listed] == ["herald", "herald", "tsubame"]
    assert [one["source"] for one in told(call("items", "--json", "--source", "tsubame"))] == ["tsubame"]
    assert len(told(call("items", "--json", "--limit", "2"))) == 2


def test_stories_and_search_show_every_copy(call: Call) -> None:
    for arguments in (
        ("stories", "all"),
        ("stories",),
        ("search", "quake"),
        ("search", "miyagi", "-budget"),
        ("search", "@quakes"),
    ):
        found = told(call(*arguments, "--json"))
        assert any(len(one["copies"]) == 2 for one in found), arguments  # type: ignore[arg-type]
    assert told(call("search", "nothing", "--json")) == []


def test_a_headline_of_hundreds_of_letters_is_cut_in_the_listing_alone(call: Call, desk: Path) -> None:
    store = Store(desk.with_suffix(".db"), "a test")
    printed(store, "herald", item("herald", "Endless " * 50, gibberish(1)))
    store.close()
    for listing in (("stories",), ("items",), ("search", "endless"), ("preview", "all")):
        assert max(map(len, call(*listing).output.splitlines())) < 300, listing
    assert max(len(str(one["title"])) for one in told(call("stories", "--json"))) > 300


def test_search_tells_where_the_words_stand_and_puts_the_best_first_when_asked(call: Call) -> None:
    for order in ("newest", "best"):
        (found,) = told(call("search", "tsunami", "--order", order, "--json"))
        text, ((start, end), *_) = str(found["text"]), found["hits"]["text"]  # type: ignore[call-overload, index]
        assert text[start:end] == "tsunami"
    assert "no danger of a tsunami" in call("search", "tsunami").output


def test_a_listed_story_is_named_by_the_number_that_it_is_listed_with(call: Call) -> None:
    for listing in (("stories",), ("search", "quake")):
        number, *_, headline = call(*listing).output.splitlines()[-1].split("\t")
        assert f"Z: {headline}\n" in call("why", number).output


def test_editors_say_what_they_think_of_a_story_and_take_it_back(call: Call) -> None:
    (budget,) = (str(one["id"]) for one in told(call("search", "title:budget", "--json")))
    page = f"http://127.0.0.1:8080/stories/{budget}#main"
    assert call("pin", page, "--topic", "quakes").output == "ruling 1: pin\n   story: Herald: Budget\n"
    assert [one["id"] for one in told(call("stories", "quakes", "--json"))][0] == budget  # noqa: RUF015
    call("note", budget, "Read", "this first.")
    assert told(call("stories", "quakes", "--json"))[0]["note"] == "Read this first."
    call("hide", budget)
    assert told(call("stories", "quakes", "--json"))[0]["id"] != budget
    assert told(call("search", "title:budget", "--json")) == []
    assert call("hide", budget, "--undo").output == "undone: ruling 3: hide\n   story: Herald: Budget\n"
    assert call("note", budget, "--undo").exit_code == 0
    assert call("note", budget).exit_code == 2
    hidden, note, pin, _ = call("rulings").output.split("\n\n")
    assert re.fullmatch(r"3  20\d\d-.{11}Z, \S+: hide, undone 20.{14}Z\n   story: Herald: Budget", hidden)
    assert note.splitlines()[-1] == "   words: Read this first."
    assert ": pin in quakes\n   story: " in pin
    assert "did you mean 'quakes'" in str(call("lead", budget, "--topic", "quake").exception)


def test_a_merge_says_which_splits_it_waives(call: Call, desk: Path) -> None:
    store = Store(desk.with_suffix(".db"), "a test")
    for source_id in ("herald", "tsubame"):
        printed(store, source_id, *(item(source_id, f"Quake {n}", QUAKE, guid=f"{n}") for n in range(2)))
    store.close()
    first, second, _ = (str(copy["item"]) for copy in told(call("why", "1", "--json"))[-3:])
    call("split", first)
    call("split", second)
    told_at_once = call("merge", first, second).output
    assert told_at_once.splitlines()[-1] == "   waives, between the two: ruling 1"
    assert told_at_once.splitlines()[1:] == call("rulings").output.split("\n\n")[0].splitlines()[1:]


def test_sources_and_topics_are_listed(call: Call) -> None:
    assert {str(one["id"]) for one in told(call("sources", "--json"))} == {"herald", "tsubame"}
    topics = told(call("topics", "--json"))
    assert topics[0]["feed"] == "http://127.0.0.1:8080/topics/all.atom"


def test_a_source_is_shown_with_its_last_fetches(call: Call) -> None:
    (shown,) = told(call("sources", "herald", "--json"))
    assert shown["next_reason"]
    assert [(one["result"], one["new"]) for one in shown["fetches"]] == [("new", 2)]  # type: ignore[attr-defined]
    plain = call("sources", "herald").output
    assert "why then: about" in plain
    assert plain.splitlines()[-1].split("\t")[1:3] == ["new", "200"]
    assert "did you mean 'herald'" in str(call("sources", "heralt").exception)


def test_sources_that_moved_are_shown_as_what_to_edit(call: Call, desk: Path) -> None:
    assert call("sources", "--moved").output == ""
    store = Store(desk.with_name("feedhub.db"), "a test")
    printed(store, "herald", item("herald", "Budget", BUDGET), moved_to="https://herald.example/feed")
    store.close()
    edit = call("sources", "--moved").output
    assert '[sources.herald]\nurl = "https://herald.example/feed"' in edit
    assert "asked there already" in edit
    assert [one["id"] for one in told(call("sources", "--moved", "--json"))] == ["herald"]


def test_a_listing_into_a_pipe_is_plain_and_commands_no_terminal(call: Call) -> None:
    shown = call("items").output
    assert "\x1b" not in shown
    assert len(shown.splitlines()) == 3
    assert "Quake [31m hits" in shown


def test_check_says_what_is_fine(call: Call) -> None:
    assert "fine; 2 sources, 2 topics" in call("check").output


def test_a_private_topic_s_feed_is_told_with_the_token_that_opens_it(
    call: Call, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with desk.open("a") as file:
        file.write('private = true\ntoken = "$FEEDHUB_DESK"\n')
    feed = "http://127.0.0.1:8080/topics/quakes.atom?token="
    store = Store(desk.with_name("feedhub.db"), "a test")
    store.configure(load(desk, lambda *query: None), START)
    store.close()
    for held, shown in (("sesame & more", "sesame%20%26%20more"), ("", "$FEEDHUB_DESK")):
        monkeypatch.setenv("FEEDHUB_DESK", held)
        assert told(call("topics", "--json"))[1]["feed"] == feed + shown


def test_export_is_opml_of_sources_or_topics(call: Call) -> None:
    assert b"http://herald.example/feed" in call("export").stdout_bytes
    assert b"/topics/quakes.atom" in call("export", "--topics").stdout_bytes


def test_import_adds_what_is_new_and_usable(call: Call, desk: Path, tmp_path: Path) -> None:
    opml = tmp_path / "subscriptions.opml"
    opml.write_text(
        '<opml><body><outline text="Wire"><outline text="New" xmlUrl="http://new.example/"/></outline>'
        '<outline xmlUrl="http://Herald.example:80/feed"/><outline xmlUrl="gopher://x/"/></body></opml>'
    )
    done = call("import", str(opml))
    assert done.stdout == f"added 1 source to {desk}; 1 there already\n"
    assert done.stderr == "left out, as it is no web address: gopher://x/\n"
    added = load(desk, lambda *query: None).sources[-1]
    assert (added.id, added.tags, added.allow_private) == ("new", ("Wire",), False)
    bare = '<opml><body><outline xmlUrl="http://10.0.0.1/feeds/desk.xml"/></body></opml>'
    CliRunner().invoke(cli, ["import", "-", "--allow-private", "--config", str(desk)], input=bare)
    added = load(desk, lambda *query: None).sources[-1]
    assert (added.id, added.title, added.allow_private) == ("desk", "desk", True)


def test_a_file_that_is_no_opml_is_named(call: Call, tmp_path: Path) -> None:
    (file := tmp_path / "notes.txt").write_text("no list")
    said = "not an OPML file: Start tag expected, '<' not found, line 1, column 1"
    assert str(call("import", str(file)).exception) == f"{file}: {said}"


@pytest.mark.parametrize("closed", [False, True])
def test_a_listing_ends_well_where_a_terminal_lacks_a_character_or_there_is_none(
    closed: bool, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["feedhub", "items", "--config", str(desk)])
    store = Store(desk.with_name("feedhub.db"), "a test")
    printed(store, "herald", item("herald", "Volcano 🌋 of Édo", gibberish(1)))
    store.close()
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    monkeypatch.setattr(sys, "stdout", None if closed else terminal)
    main()
    assert closed or "Volcano ? of Édo".encode("latin-1") in terminal.buffer.getvalue()


@pytest.mark.parametrize("listing", ["stories", "export"])  # written at once; at the end
def test_the_reader_of_a_pipe_may_have_enough(listing: str, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    monkeypatch.setattr(sys, "argv", ["feedhub", listing, "--config", str(desk)])
    with os.fdopen(writing, "w") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        main()  # neither an error nor the exit code of a failure


@pytest.fixture
async def site() -> AsyncIterator[str]:
    async def page(_: web.Request) -> web.Response:
        links = '<link rel="alternate" type="application/rss+xml" href="gone"><a href="/real.rss">feed</a>'
        return web.Response(text=f"<html><head><title>x</title>{links}</head></html>", content_type="text/html")

    async def feed(_: web.Request) -> web.Response:
        return web.Response(
            text="<rss version='2.0'><channel><title>&lt;b&gt;A Paper&lt;/b&gt;</title>"
            "<item><title>x</title></item></channel></rss>"
        )

    async def empty(_: web.Request) -> web.Response:
        return web.Response(text="<html><body>nothing", content_type="text/html")

    async def feeds(request: web.Request) -> web.Response:
        what = "Comments" if "comments" in request.path else "Posts"
        dates = [format_datetime(datetime.now(UTC) - timedelta(hours=hour)) for hour in range(1, 25)]
        items = "".join(f"<item><title>{date}</title><pubDate>{date}</pubDate></item>" for date in dates)
        return web.Response(text=f"<rss version='2.0'><channel><title>{what}</title>{items}</channel></rss>")

    async def two(_: web.Request) -> web.Response:
        declared = "<link rel='alternate' type='application/rss+xml' href='{}'>"
        links = declared.format("/comments/feed") + declared.format("/blog/feed")
        return web.Response(text=f"<html><head>{links}</head></html>", content_type="text/html")

    async def listed(_: web.Request) -> web.Response:
        return web.Response(text="<html><body><a href='/all.opml'>our feeds</a>", content_type="text/html")

    async def opml(request: web.Request) -> web.Response:
        address = request.url.origin() / "real.rss"
        return web.Response(text=f"<opml><body><outline xmlUrl='{address}'/><outline xmlUrl='no'/></body></opml>")

    app = web.Application()
    app.router.add_get("/", page)
    app.router.add_get("/real.rss", feed)
    app.router.add_get("/empty", empty)
    app.router.add_get("/blog/", empty)
    app.router.add_get("/blog/feed", feeds)
    app.router.add_get("/comments/feed", feeds)
    app.router.add_get("/two", two)
    app.router.add_get("/listed/", listed)
    app.router.add_get("/all.opml", opml)
    async with served(app, "127.0.0.1", 0) as address:
        yield address


@pytest.fixture
async def ailing() -> AsyncIterator[str]:
    channel = "<rss version='2.0'><channel><title>{}</title><item>{}"
    bodies = {
        "/broken": channel.format("A & B", "<description><![CDATA[no end"),
        "/damaged": channel.format("Bomb " * 100, "<title>a & b</title></item></channel></rss>"),
    }

    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=bodies[request.path]) if request.path in bodies else web.Response(status=429)

    app = web.Application()
    app.router.add_get("/{any:.*}", answer)
    async with served(app, "127.0.0.1", 0) as address:
        yield address


async def feedhub(*arguments: object) -> subprocess.CompletedProcess[str]:
    import asyncio

    command = [sys.executable, "-m", "feedhub", *map(str, arguments)]
    return await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True)


@pytest.mark.slow
async def test_add_finds_the_feed_behind_a_page(desk: Path, site: str) -> None:
    added = await feedhub("add", f"{site}/", "--allow-private", "--config", desk)
    assert added.returncode == 0, added.stderr
    assert "added a-paper: A Paper (1 item)" in added.stdout
    again = await feedhub("add", f"{site}/real.rss", "--allow-private", "--config", desk)
    assert "is there already, as a-paper" in again.stderr
    nothing = await feedhub("add", f"{site}/empty", "--allow-private", "--config", desk)
    assert (nothing.returncode, "is not a feed; none was found at" in nothing.stderr) == (1, True)
    assert re.search(r"(, http[^,]*){2} and \d+ other addresses$", nothing.stderr)
    private = await feedhub("add", site, "--config", desk)
    assert "leads to a private address; --allow-private permits it" in private.stderr


@pytest.mark.slow
async def test_add_says_what_is_damaged_and_writes_what_can_be_loaded(desk: Path, ailing: str) -> None:
    before = desk.read_text()
    broken = await feedhub("add", f"{ailing}/broken", "--allow-private", "--config", desk)
    assert (broken.returncode, "none of whose entries can be read: not well-formed at line 1" in broken.stderr) == (
        1,
        True,
    )
    busy = await feedhub("add", f"{ailing}/busy", "--allow-private", "--config", desk)
    assert (busy.returncode, "429" in busy.stderr, "none was found at" in busy.stderr) == (1, True, False)
    long = await feedhub("add", f"{ailing}/damaged", "--title", "x" * 301, "--allow-private", "--config", desk)
    assert (long.returncode, "must have at most 300 characters" in long.stderr) == (2, True)
    assert desk.read_text() == before
    damaged = await feedhub("add", f"{ailing}/damaged", "--allow-private", "--config", desk)
    assert (damaged.returncode, "the feed is damaged" in damaged.stderr) == (0, True), damaged
    assert len(load(desk, lambda *query: None).sources[-1].title) <= 300


@pytest.mark.slow
async def test_add_looks_at_the_usual_places_and_at_lists_and_shows_what_it_finds(desk: Path, site: str) -> None:
    desk.write_text("# the desk's own words\n" + desk.read_text())
    before = desk.read_text()
    shown = await feedhub("add", f"{site}/two", "--allow-private", "--dry-run", "--config", desk)
    rows = [line.split("\t") for line in shown.stdout.splitlines()]
    assert [row[:3] for row in rows] == [["1", "posts", "Posts"], ["2", "comments", "Comments"]]
    assert rows[0][3].startswith("24 items, about 24 new items a day, the newest of ")
    assert desk.read_text() == before
    second = await feedhub("add", f"{site}/two", "--allow-private", "--take", "2", "--config", desk)
    assert "added comments: Comments (24 items" in second.stdout
    usual = await feedhub("add", f"{site}/blog/", "--allow-private", "--config", desk)
    assert "added posts: Posts (24 items" in usual.stdout
    listed = await feedhub("add", f"{site}/listed/", "--allow-private", "--config", desk)
    assert "added a-paper: A Paper" in listed.stdout
    lines = iter(desk.read_text().splitlines())
    assert all(line in lines for line in before.splitlines()), "what was written is kept, in its order"
    assert (await feedhub("add", f"{site}/two", "--allow-private", "--take", "3", "--config", desk)).returncode == 1


@pytest.mark.slow
async def test_poll_of_no_sources_says_so_and_is_no_failure(tmp_path: Path) -> None:
    file = tmp_path / "feedhub.toml"
    file.write_text(f'[daemon]\ndatabase = "{tmp_path / "feedhub.db"}"\n')
    polled = await feedhub("poll", "--config", file)
    assert (polled.returncode, polled.stdout) == (0, "")
    assert polled.stderr == "there are no sources yet; `feedhub add URL` adds one\n"


@pytest.mark.slow
async def test_poll_fails_for_a_named_source_and_where_all_fail_and_not_for_one_of_many(
    site: str, tmp_path: Path
) -> None:
    def desk(**paths: str) -> Path:
        tables = (f'[sources.{id}]\nurl = "{site}/{path}"\nallow_private = true\n' for id, path in paths.items())
        file = tmp_path / f"{'-'.join(paths)}.toml"
        file.write_text(f'[daemon]\ndatabase = "{file.with_suffix(".db")}"\n{"".join(tables)}')
        return file

    async def poll(file: Path, *sources: str) -> int:
        return (await feedhub("poll", *sources, "--config", file)).returncode

    file = desk(good="real.rss", bad="nowhere")
    assert await poll(file, "good") == 0
    assert await poll(file) == 0, "the one that fails was all that was due"
    assert await poll(file, "bad", "good") == 1
    assert await poll(desk(worse="nowhere", worst="neither")) == 1
    assert await poll(desk(alone="nowhere")) == 1


@pytest.mark.parametrize(
    ("listen", "found"),
    [
        ("0.0.0.0:9000", "http://127.0.0.1:9000"),
        (":9000", "http://127.0.0.1:9000"),
        ("[::1]:9000", "http://[::1]:9000"),
        ("[::]:9000", "http://[::1]:9000"),
        ("10.0.0.1:9000", "http://10.0.0.1:9000"),
    ],
)
def test_links_lead_to_where_run_is_told_to_listen_unless_a_public_address_is_given(listen: str, found: str) -> None:
    local = parse("", Path("desk.toml"), lambda *_: None)
    assert listening(local, *place(listen)).public_url == found
    public = replace(local, public_url="https://news.example")
    assert listening(public, *place(listen)).public_url == "https://news.example"


def test_where_run_is_told_to_listen_outlives_a_reload() -> None:
    file = parse("", Path("desk.toml"), lambda *_: None)
    told = replace(listening(file, "0.0.0.0", 9000), told_where=True)
    assert (needs_restart(told, file), with_fixed(told, file)) == ("", told)
    edited = parse('[daemon]\nlisten = ":9000"', Path("desk.toml"), lambda *_: None)
    assert (needs_restart(file, edited), with_fixed(file, edited)) == ("host, port", file)


def test_a_shell_completes_commands_and_options(monkeypatch: pytest.MonkeyPatch) -> None:
    def completed(words: str, at: int) -> str:
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", str(at))
        return BashComplete(cli, {}, "feedhub", "_FEEDHUB_COMPLETE").complete()

    assert completed("feedhub re", 1).splitlines() == ["plain,review", "plain,replay"]
    assert completed("feedhub pin --t", 2) == "plain,--topic"


def test_readers_are_told_where_mistakes_are_and_nothing_that_is_written_there(tmp_path: Path) -> None:
    told = "Mistakes: {}. What was in force before stays so; feedhub check says more."
    file = tmp_path / "desk.toml"
    with pytest.raises(ConfigError) as gone:
        load(file, lambda *_: None)
    assert places(gone.value.problems).startswith("Mistakes: no such file; ")
    file.write_text('[daemon]\nadmin_token = 123456789012\nretention = "s3cret"\n')
    with pytest.raises(ConfigError) as wrong:
        load(file, lambda *_: None)
    assert places(wrong.value.problems) == told.format("line 2 (daemon.admin_token), line 3 (daemon.retention)")


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_what_each_option_does_and_shared_ones_stand_last(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command
    options = [option for option in command.params if isinstance(option, click.Option)]
    assert all(option.help and option.help.endswith(".") for option in options)
    assert not [option.name for option in options if option.type is click.STRING and not option.metavar]
    names = [option.name for option in options]
    shared = [name for name in ("limit", "as_json", "config") if name in names]
    assert names[len(names) - len(shared) :] == shared


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["feedhub", *arguments])
    try:
        main()
    except SystemExit as end:
        return int(str(end.code or 0))
    return 0


@pytest.mark.slow
def test_mistakes_are_told_in_words_with_the_right_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], desk: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("[daemon]\nlistn = 1\n[sources.a]\n")
    fresh = tmp_path / "fresh.toml"
    fresh.write_text(f'[daemon]\ndatabase = "{tmp_path}/none.db"\n')
    for arguments, code, said in [
        (("check", "--config", str(broken)), 2, "broken.toml:2: daemon.listn: unknown key; did you mean 'listen'?"),
        (("check", "--config", str(tmp_path / "none.toml")), 2, "no such file"),
        (("stories", "--config", str(fresh)), 1, "no database yet"),
        (("hide", "1", "--config", str(fresh)), 1, "no database yet"),
        (("stories", "quake", "--config", str(desk)), 1, "no topic 'quake'"),
        (("search", "a (b", "--config", str(desk)), 2, "a ( without its )"),
        (("serch", "x"), 2, "did you mean 'search'?"),
        (("items", "--source", "heralt", "--config", str(desk)), 1, "did you mean 'herald'?"),
        (("run", "--listen", "here", "--config", str(desk)), 2, "HOST:PORT"),
    ]:
        assert run(monkeypatch, *arguments) == code, arguments
        assert said in capsys.readouterr().err, arguments


def test_help_lists_every_command_and_loads_none_of_them() -> None:
    code = (
        "import sys; from feedhub.cli import main; sys.argv = ['feedhub', '--help']\n"
        "try: main()\nfinally: print(sorted({'aiohttp', 'feedparser', 'pydantic', 'rich', 'lxml'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert all(f"  {name} " in shown for name in COMMANDS)
    assert shown.rstrip().endswith("[]")


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads as Linux lists them")
def test_numpy_starts_no_threads_that_nobody_needs() -> None:
    code = (
        "import os, sys; from feedhub.__main__ import main; sys.argv = ['feedhub', '--help']\n"
        "try: main()\nfinally: import numpy; print(len(os.listdir('/proc/self/task')))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.split()[-1] == "1"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_takes_a_configuration(name: str) -> None:
    shown = CliRunner().invoke(cli, [name, "--help"]).output
    assert "Usage:" in shown
    assert "--config" in shown or name == "demo"


def test_every_command_named_in_the_documents_exists_and_every_command_is_named() -> None:
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    text = "\n".join(path.read_text(encoding="utf-8") for path in documents)
    blocks = "\n".join(re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S))
    named = set(re.findall(r"(?:^|   )feedhub ([a-z]+)", blocks, re.M)) | set(re.findall(r"`feedhub ([a-z]+)", text))
    assert named == set(COMMANDS)


def test_why_shows_the_evidence_for_every_copy(call: Call) -> None:
    items = told(call("items", "--json"))
    shown = call("why", str(items[0]["story"])).output
    assert "2 copies" in shown
    assert "TOKYO (Tsubame)" in shown
    assert f"a copy of item {items[0]['id']}" in shown
    assert "100% of the shorter text stands in the longer" in shown
    assert call("why", str(items[2]["link"])).output == shown
    assert told(call("why", "3", "--json"))[1]["verdict"]["kind"] == "copy"  # type: ignore[index]


def test_why_says_that_a_link_is_of_several_items_and_which_is_meant(desk: Path, call: Call) -> None:
    store = Store(desk.with_name("feedhub.db"), "a test")
    printed(store, "tsubame", *(item("tsubame", f"Day {day}", BUDGET, link="http://t.example/live") for day in "12"))
    store.close()
    meant = "2 items have the link http://t.example/live: 4, 5; the last is meant"
    assert call("why", "http://t.example/live").stderr == f"{meant}\n"
    assert meant in call("why", "1", "http://t.example/live").stderr
    assert call("why", "4").stderr == ""


def test_why_of_an_item_alone_says_what_it_resembled_and_why_it_did_not_join(desk: Path, call: Call) -> None:
    store = Store(desk.with_name("feedhub.db"), "a test")
    printed(store, "tsubame", item("tsubame", "Tremor off Miyagi", QUAKE.replace("6.1", "4.2")))
    store.rule("split", ["3"], "an editor", START)
    store.close()
    turned_down, split_off = call("why", "4").output, call("why", "3").output
    assert "joined no story; it came nearest to item" in turned_down
    assert "figures contradict" in turned_down
    assert "an editor split it off the story of item 1" in split_off
    apart = "by ruling 1 (split, an editor, 2026-11-23 08:00Z) their stories stay apart"
    assert f"   apart all the same: {apart}\n" in call("why", "1", "3").output
    assert "came first, or nothing resembled it" in call("why", "2").output


def test_why_shows_a_word_that_only_one_text_has_in_a_place(desk: Path, call: Call) -> None:
    store = Store(desk.with_name("feedhub.db"), "a test")
    printed(store, "tsubame", item("tsubame", "Budget", BUDGET), item("tsubame", "Ask", BUDGET.replace("is", "is not")))
    store.close()
    assert "   in the same place: – / not\n" in call("why", "4", "5").output


def test_why_says_that_what_a_copy_was_judged_by_has_left_the_story(desk: Path, call: Call) -> None:
    store = Store(desk.with_name("feedhub.db"), "a test")
    printed(store, "tsubame", item("tsubame", "Tremor off Miyagi", QUAKE, guid="again", link=None))
    assert "   a copy of item 1 (rules" in call("why", "3").output
    store.rule("split", ["1"], "an editor", START)
    store.close()
    assert "   a copy of item 1, which has left the story (rules" in call("why", "3").output


def test_why_says_that_a_withdrawn_copy_was_judged_by_what_it_said_before(desk: Path, call: Call) -> None:
    store = Store(desk.with_name("feedhub.db"), "a test")
    printed(store, "tsubame", item("tsubame", "M6.1 quake", "This story has been withdrawn."))
    store.close()
    assert "   a copy of item 1, by what it said before it was withdrawn (rules" in call("why", "3").output


def test_review_lists_what_was_merged_on_thin_evidence_and_what_nearly_was(desk: Path, call: Call) -> None:
    nothing = call("review").output
    assert "nothing waits for review" in nothing
    assert "no two stories are nearly one" in nothing
    store = Store(desk.with_name("feedhub.db"), "a test")
    half = QUAKE.split("\n")[0] + " Residents of the coast said that they had felt nothing like it for many years."
    tremor = item("tsubame", "Tremor off Miyagi", QUAKE.replace("6.1", "4.2"))
    printed(store, "tsubame", item("tsubame", "M6.1 quake", QUAKE), item("tsubame", "Felt nothing", half), tremor)
    store.close()
    pairs = told(call("review", "--json"))
    assert [(pair["merged"], pair["item"]["title"]) for pair in pairs] == [  # type: ignore[index]
        (True, "Felt nothing"),
        (False, "Tremor off Miyagi"),
    ]
    shown = call("review").output
    assert "to rule: feedhub review --confirm 4, or feedhub split 4\n" in shown
    assert "to rule: feedhub merge 3 5, or feedhub never 3 5\n" in shown
    assert shown.index("merged on thin evidence") < shown.index("Felt nothing") < shown.index("nearly merged")


def test_why_of_two_items_judges_them_and_shows_what_both_print(call: Call) -> None:
    copies = call("why", "1", "3").output
    assert "they stand in one story; judged by themselves: copies of one text" in copies
    assert "longest passage in both: a magnitude 6.1 earthquake struck" in copies
    strangers = call("why", "1", "2").output
    assert "they stand in different stories" in strangers
    for number in ("99", "9" * 30):
        unknown = call("why", number)
        assert unknown.exit_code == 1
        assert str(unknown.exception) == f"no story or item '{number}'"
