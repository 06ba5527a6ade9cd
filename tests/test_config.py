"""The configuration: what it means, and everything that is wrong with it at once."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from subprocess import PIPE

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedhub.config.edit import NewSource, add_sources, suggest_id
from feedhub.config.lines import Lines
from feedhub.config.load import load, parse
from feedhub.config.schema import keys
from feedhub.daemon.settings import brief, marks, whole
from feedhub.daemon.settings import load as load_apart
from feedhub.errors import ConfigError, FeedhubError
from feedhub.manners import Access, Select
from feedhub.model import Look, Settings
from feedhub.topics import compile_query

ROOT = Path(__file__).resolve().parents[1]


def parsed(text: str) -> Settings:
    return parse(text, Path("desk.toml"), compile_query)


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        parsed(text)
    return [str(problem) for problem in raised.value.problems]


def test_the_example_desk_loads() -> None:
    settings = load(ROOT / "config/feedhub.toml", compile_query)
    assert len(settings.sources) >= 20
    assert len(settings.topics) >= 6
    assert {"en", "ja"} <= {source.language for source in settings.sources}
    assert "kyodonews.net" not in " ".join(source.url for source in settings.sources)


def test_an_empty_file_is_a_configuration() -> None:
    settings = parsed("")
    assert (settings.host, settings.port, settings.public_url) == ("127.0.0.1", 8080, "http://127.0.0.1:8080")
    assert settings.retention == timedelta(days=30)


def test_values_mean_what_people_write() -> None:
    settings = parsed(
        """[daemon]
listen = ":9000"
public_url = "https://news.example/"
retention = "1w"
[polling]
min_interval = "1h30m"
max_size = "512KiB"
[sources.a]
url = "https://a.example/feed"
language = "ja-JP"
max_interval = "12h"
tags = ["wire"]
[topics.t]
title = "T"
order = "coverage"
max_age = "3d"
"""
    )
    (source,), (topic,) = settings.sources, settings.topics
    assert (settings.host, settings.port, settings.public_url) == ("", 9000, "https://news.example")
    assert (source.title, source.outlet, source.language, source.max_size) == ("a", "a", "ja", 512 * 1024)
    assert (source.min_interval, source.max_interval) == (timedelta(minutes=90), timedelta(hours=12))
    assert (topic.order, topic.max_age, topic.match) == ("coverage", timedelta(days=3), "")


def test_every_problem_is_named_at_once_with_file_line_path_and_what_was_meant() -> None:
    found = problems(
        """[daemon]
listn = "127.0.0.1:1"
retention = "soon"

[sources.Kyodo]
url = "ftp://a.example/"
agncy = "kyodo"

[sources.b]
url = "https://b.example/"
agency = "kyoto"
timezone = "Asia/Tokio"
enabled = "yes"

[sources.c]
url = "https://b.example/"
min_interval = "1d"

[topics.t]
match = "a (b"
order = "best"

[sorces.d]
"""
    )
    expected = [
        ("desk.toml:2: daemon.listn: unknown key", "'listen'"),
        ("desk.toml:3: daemon.retention", "'soon'"),
        ("desk.toml:5: sources.Kyodo", "lower-case"),
        ("desk.toml:6: sources.Kyodo.url", "http or https"),
        ("desk.toml:7: sources.Kyodo.agncy: unknown key", "'agency'"),
        ("desk.toml:11: sources.b.agency", "'kyodo'"),
        ("desk.toml:12: sources.b.timezone", "Asia/Tokyo"),
        ("desk.toml:13: sources.b.enabled", "true or false"),
        ("desk.toml:17: sources.c.min_interval", "longer than the longest"),
        ("desk.toml:19: topics.t.title", "is missing"),
        ("desk.toml:20: topics.t.match", "without its )"),
        ("desk.toml:21: topics.t.order", "'newest', 'coverage' or 'hot'"),
        ("desk.toml:23: sorces: unknown table", "'sources'"),
    ]
    for start, said in expected:
        assert any(line.startswith(start) and said in line for line in found), (start, found)


def test_what_only_shows_between_keys_is_named_too() -> None:
    found = problems(
        """[sources.b]
url = "https://b.example/"
[sources.c]
url = "https://b.example/"
min_interval = "1d"
[polling]
min_interval = "2h"
max_interval = "1h"
[topics.t]
title = "T"
match = "quake"
token = "a-token-that-nobody-guesses"
[daemon]
database = "postgresql://db/x"
"""
    )
    assert sorted(line.split(": ")[1] for line in found) == [
        "daemon.database", "polling.min_interval", "sources.c.min_interval", "sources.c.url",
        "topics.t.token",
    ]  # fmt: skip


def test_nothing_is_held_against_what_is_itself_a_mistake() -> None:
    """A longest interval that is not understood is not the default; an outlet in a broken table is there."""
    found = problems(
        """[polling]
max_interval = "a day"
[sources.b]
url = "https://b.example/"
min_interval = "12h"
[sources.mail-1]
url = "https://mail.example/1"
[sources.mail-2]
url = "https://mail.example/2"
tags = "wire"
[topics.t]
title = "T"
prefer_outlets = ["mail-2"]
"""
    )
    assert [line.split(": ")[1] for line in found] == ["polling.max_interval", "sources.mail-2.tags"]


def test_topics_that_name_each_other_are_checked_together() -> None:
    tables = "".join(
        f'[topics.{id}]\ntitle = "{id}"\nmatch = "{match}"\n'
        for id, match in {"steel": "steel OR @tariffs", "tariffs": "tariff* @wide", "wide": "copies>=2"}.items()
    )
    assert len(parsed(tables).topics) == 3
    found = problems(tables.replace("copies>=2", "copies>=2 -@steel"))
    assert [line.split(": ")[0] for line in found] == ["desk.toml:3", "desk.toml:6", "desk.toml:9"]
    assert "in a circle: wide → steel → tariffs → wide" in found[2]
    assert "did you mean @wide?" in problems(tables.replace("@wide", "@wiide"))[1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[daemon]\npublic_url = "https://desk:hunter2@a.example/"\n',
            "desk.toml:2: daemon.public_url: is what everybody sees, without user and password",
        ),
        ('[daemon]\ndatabase = ":memory:"\n', "desk.toml:2: daemon.database: is the path of a file, not ':memory:'"),
        ('[daemon]\ndatabase = "/"\n', "desk.toml:2: daemon.database: is the path of a file, not '/'"),
        (
            '[sources.a]\nurl = "htps://desk:hunter2@a.example/"\n',
            "desk.toml:2: sources.a.url: is an http or https address, not 'htps://a.example/'",
        ),
        ("[daemon]\npublic_url = news.example\n", "desk.toml:2: not TOML: invalid value; text stands in quotes"),
        ('[topics.a]\ntitle = "News\nmatch = "a"\n', "desk.toml:2: not TOML: illegal character '\\n'; a text ends"),
        ("[topics.a]\nmatch = 'a OR\nb'\n", "desk.toml:2: not TOML: found invalid character '\\n'; a text ends"),
        ('[topics.a]\nmatch = "title:/\\d+/"\n', "desk.toml:2: not TOML: unescaped '\\' in a string; in single quotes"),
        ("[topics.a]\nmatch = 'Japan's sea'\n", "desk.toml:2: not TOML: expected newline or end of document after a"),
        ("[topics.a]\nlimit = 5\nlimit = 6\n", "desk.toml:3: not TOML: cannot overwrite a value; the key, or a table"),
        ("[sources.毎日]\n", "desk.toml:1: not TOML: invalid initial character for a key part; keys have letters"),
        ("[sources.the mail]\n", "desk.toml:1: not TOML: expected ']' at the end of a table declaration; names have"),
        ("topics:\n", "desk.toml:1: not TOML: expected '=' after a key in a key/value pair; a line is a [table]"),
        ("<html>\n", "desk.toml:1: not TOML: invalid statement; a line is a [table]"),
        ("listen = 'a:80'\n", "desk.toml:1: listen: unknown here; it is a key of [daemon]"),
        ("[daemon]\nworkers = 2\n", "desk.toml:2: daemon.workers: unknown here; it is a key of [polling]"),
        ("[topics.a.b]\ntitle = 'A'\n", "desk.toml:1: topics.a.title: is missing"),
        (
            "[topics.a]\ntitle = 'A'\n[topics.a.b]\n",
            "desk.toml:3: topics.a.b: unknown table; an id has no dot: did you mean [topics.a-b]?",
        ),
        ('[[sources]]\nurl = "http://a.example/"\n', "desk.toml:1: sources: must be a table, [sources.ID], not a list"),
        ("[topics.a]\ntitle = { en = 'A' }\n", "desk.toml:2: topics.a.title: must be text, not a table"),
        (
            "[sources]\na = 'http://desk:hunter2@a.example/'\n",
            "desk.toml:2: sources.a: must be a table, [sources.a], not 'http://a.example/'",
        ),
        ("daemon = 5\n", "desk.toml:1: daemon: must be a table, [daemon], not 5"),
        (
            "[sources.a]\nurl = 'http://a.example/'\nlanguage = 'jp'\n",
            "desk.toml:3: sources.a.language: is a language such as \"ja\", not a country: 'jp'",
        ),
        ('[daemon]\nlisten = "a', "desk.toml:2: not TOML"),
        ("[daemon]\n[daemon]\n", "desk.toml:2: not TOML: cannot declare daemon twice"),
        ("[sources.a]\n[sources.a]\n", "desk.toml:2: not TOML: cannot declare sources.a twice"),
        ("a = [1,\n2,\n", "desk.toml:2: not TOML"),
        (f"a = {'9' * 5000}", "desk.toml: a number has thousands of digits"),
        (f"a = {'[' * 2000}{']' * 2000}", "desk.toml: lists or tables stand in one another by the hundred"),
        (
            '[daemon]\npublic_url = "http://a.example/?b"\n',
            "desk.toml:2: daemon.public_url: is the beginning of addresses",
        ),
        ('[daemon]\npublic_url = "http://a.example/b%20c"\n', "desk.toml:2: daemon.public_url: may have a path of"),
        ('[daemon]\npublic_url = "http://a.example/b//c"\n', "desk.toml:2: daemon.public_url: may have a path of"),
        ('[daemon]\npublic_url = "http://a.example/../b"\n', "desk.toml:2: daemon.public_url: may have a path of"),
        ("[polling]\nworkers = true\n", "desk.toml:2: polling.workers: must be a whole number, not true"),
        *(
            (
                f'[polling]\ngap = "{gap}"\n',
                f"desk.toml:2: polling.gap: must be more than nothing and at most ten years, not '{gap}'",
            )
            for gap in ("0s", "0.0001ms", "3661d", "99999999999d", "9" * 200 + "w", "9" * 400 + "w")
        ),
        *(
            (
                f'[polling]\nmax_size = "{size}"\n',
                f"desk.toml:2: polling.max_size: must be more than nothing and at most 1GB, not '{size}'",
            )
            for size in ("0MB", "0.1B", "1.1GB", "99999999999GB", "9" * 400 + "MB")
        ),
        (
            '[sources.a]\nurl = "http://a.example/"\n[sources.b]\nurl = "http://A.example:80#top"\n',
            "desk.toml:4: sources.b.url: the same address as sources.a",
        ),
        ("sources = 5\n", "desk.toml:1: sources: must be a table"),
        ("[sources]\na = 5\n", "desk.toml:2: sources.a: must be a table"),
        ("[topics.a]\ntitle = 5\n", "desk.toml:2: topics.a.title: must be text, not 5"),
        ("[topics.a]\ntitle = 2026-11-01\n", "desk.toml:2: topics.a.title: must be text, not 2026-11-01"),
        ('[topics.a]\ntitle = "a"\nlimit = 0\n', "desk.toml:3: topics.a.limit: must be at least 1, not 0"),
        ('[sources.a]\nurl = "http://a.example/"\ntags = ["a", 1]\n', "desk.toml:3: sources.a.tags.1: must be text"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, said: str) -> None:
    assert problems(text)[0].startswith(said), problems(text)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    latin = tmp_path / "latin.toml"
    latin.write_bytes("# fine\n# caf\xe9\n".encode("latin-1"))
    for path, said in (
        (tmp_path / "none.toml", "no such file"),
        (latin, "latin.toml:2: is not UTF-8"),
        (tmp_path, "cannot be read"),
    ):
        with pytest.raises(ConfigError, match=re.escape(said)):
            load(path, compile_query)


def test_lines_are_found_through_every_way_of_writing_toml() -> None:
    lines = Lines(
        '''a.b = 1
# [no.table]
text = """
[not.a.table]
key = 1
"""
list = [
  "[x]", # ]
  2,
]
[t."u v"]
'k' = { in = 1, line = 2 }
[[many]]
x = 1
'''
    )
    places = {
        ("a", "b"): 1,
        ("text",): 3,
        ("list", "0"): 7,
        ("t", "u v"): 11,
        ("t", "u v", "k", "in"): 12,
        ("many", "x"): 14,
    }
    assert {path: lines.of(path) for path in places} == places
    assert lines.of(("nowhere",)) == 0


@pytest.mark.slow
def test_ten_thousand_sources_load() -> None:
    text = "".join(f'[sources.s{n}]\nurl = "https://host{n}.example/feed"\n' for n in range(10_000))
    assert len(parsed(text).sources) == 10_000


def test_sources_are_added_and_comments_and_order_stay(tmp_path: Path) -> None:
    file = tmp_path / "desk.toml"
    before = (
        '# my desk\n[daemon]\nlisten = ":1"  # here\n\n'
        '[sources.a]\nurl = "http://a.example/" # first\n\n[topics.t]\ntitle = "T"\n'
    )
    file.write_text(before)
    file.chmod(0o600)
    add_sources(file, [NewSource(id="b", url="http://b.example/", title="B と C", language="ja", tags=("wire",))])
    after = file.read_text()
    for line in before.splitlines():
        assert line in after
    assert file.stat().st_mode & 0o777 == 0o600
    assert [(source.id, source.title, source.tags) for source in parsed(after).sources] == [
        ("a", "a", ()),
        ("b", "B と C", ("wire",)),
    ]
    with pytest.raises(ConfigError, match="is there already"):
        add_sources(file, [NewSource(id="b", url="http://c.example/")])


def test_what_would_not_load_is_not_written(tmp_path: Path) -> None:
    file = tmp_path / "desk.toml"
    file.write_text('[topics.t]\ntitle = "T"\n')
    with pytest.raises(ConfigError) as raised:
        add_sources(file, [NewSource(id="a", url="http://a.example/", title="Bomb " * 100)])
    (problem,) = map(str, raised.value.problems)
    assert problem.startswith(f"{file}: sources.a.title: must have at most 300 characters, not 'Bomb Bomb")
    assert len(problem) < len(str(file)) + 200
    assert file.read_text() == '[topics.t]\ntitle = "T"\n'


def test_a_byte_order_mark_before_the_configuration_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "desk.toml"
    file.write_bytes(b'\xef\xbb\xbf[topics.t]\ntitle = "T"\n')
    assert [topic.id for topic in load(file, compile_query).topics] == ["t"]
    add_sources(file, [NewSource(id="a", url="http://a.example/")])
    assert [source.id for source in load(file, compile_query).sources] == ["a"]


def test_a_file_is_made_for_the_first_source(tmp_path: Path) -> None:
    file = tmp_path / "new/desk.toml"
    add_sources(file, [NewSource(id="a", url="http://a.example/")])
    assert [source.id for source in parsed(file.read_text()).sources] == ["a"]


def test_an_id_is_made_from_title_or_host() -> None:
    assert suggest_id("The Japan Times: Latest", "x", ()) == "the-japan-times-latest"
    assert suggest_id("A", "https://a.example/", {"a", "a-2"}) == "a-3"


def test_a_title_in_japanese_gives_the_name_of_the_site_and_that_of_the_file_where_there_are_several() -> None:
    yahoo = [f"https://news.yahoo.co.jp/rss/topics/{name}.xml" for name in ("top-picks", "domestic")]
    assert suggest_id("ニュース", yahoo[0], ()) == "yahoo"
    assert suggest_id("国内ニュース", yahoo[1], {"yahoo"}) == "yahoo-domestic"
    assert suggest_id("国内ニュース", yahoo[1], {"yahoo", "yahoo-domestic"}) == "yahoo-2"
    assert suggest_id("2026年", "https://www.mainichi.jp/rss", ()) == "mainichi"
    assert suggest_id("", "http://127.0.0.1:8080/feeds/desk.xml", ()) == "desk"
    assert suggest_id("", "http://127.0.0.1/", ()) == "source"
    assert len(suggest_id("A" * 90, f"https://a.example/{'b' * 90}.xml", {"a" * 40})) <= 64


@given(st.text(max_size=200))
def test_any_text_is_a_configuration_or_a_list_of_problems(text: str) -> None:
    try:
        parsed(text)
    except ConfigError as error:
        named = [problem.message for problem in error.problems]
    else:
        return
    assert all(named)


def test_how_a_source_is_asked_is_read_and_secrets_are_named_only() -> None:
    (source,) = parsed(
        """[sources.a]
url = "http://a.example/"
headers = { "X-Key" = "$A_KEY" }
auth = "bearer A_TOKEN"
proxy = "http://127.0.0.1:3128"
ignore = ["guid"]
hints = false
"""
    ).sources
    assert source.access == Access(headers=(("X-Key", "$A_KEY"),), auth="bearer A_TOKEN", proxy="http://127.0.0.1:3128")
    assert (source.ignore, source.hints) == (("guid",), False)
    wrong = problems(
        """[sources.a]
url = "http://a.example/"
headers = { "Host" = "b.example", "X Y" = "1" }
auth = "basic desk:secret"
ignore = ["title"]
"""
    )
    assert [place.split(": ")[1] for place in wrong] == [
        "sources.a.headers.Host", "sources.a.headers.X Y", "sources.a.auth", "sources.a.ignore.0",
    ]  # fmt: skip
    assert "secret" not in " ".join(wrong)


def test_files_and_pages_are_sources_and_programs_are_not() -> None:
    file, page = parsed(
        """[sources.a]
url = "file:///var/feeds/a.xml"
[sources.b]
url = "http://b.example/news"
select = { items = "article.news > div", title = "h2" }
"""
    ).sources
    assert file.url == "file:///var/feeds/a.xml"
    assert page.select == Select(items="article.news > div", title="h2")
    wrong = problems(
        """[sources.a]
url = "file://elsewhere/a.xml"
[sources.b]
url = "exec:ls"
[sources.c]
url = "http://c.example/"
[sources.c.select]
items = "article["
titel = "h2"
"""
    )
    assert len(wrong) == 4
    assert "whole path" in wrong[0]
    assert "runs a program" in wrong[1]
    assert "sources.c.select.items: is no CSS selector" in wrong[2]
    assert "did you mean 'title'?" in wrong[3]


# --- documents that speak of it ------------------------------------------------------------------------


def test_an_outlet_that_is_nearly_a_known_one_is_a_slip() -> None:
    found = problems(
        """[sources.herald]
url = "http://herald.example/"
title = "The Herald"

[topics.t]
title = "T"
prefer_outlets = ["The Heralt", "Somebody else", "herald"]
"""
    )
    assert found == ["desk.toml:7: topics.t.prefer_outlets: no outlet 'The Heralt'; did you mean 'The Herald'?"]


def test_every_topic_option_reaches_the_topic() -> None:
    (topic,) = parsed(
        """[topics.t]
title = "T"
order = "hot"
half_life = "6h"
max_per_source = 3
max_changes = 7
prefer_outlets = ["A"]
prefer_languages = ["ja"]
text = "lead"
images = false
updates = "first-only"
icon = "https://example.org/icon.png"
"""
    ).topics
    assert (topic.order, topic.half_life, topic.max_per_source) == ("hot", timedelta(hours=6), 3)
    assert (topic.max_changes, topic.prefer_outlets, topic.prefer_languages) == (7, ("A",), ("ja",))
    assert topic.look == Look(text="lead", images=False, updates="first-only", icon="https://example.org/icon.png")


def test_a_configuration_that_is_made_has_a_topic_to_subscribe_to(tmp_path: Path) -> None:
    add_sources(tmp_path / "desk.toml", [NewSource(id="a", url="http://a.example/")])
    settings = load(tmp_path / "desk.toml", compile_query)
    assert [(topic.id, topic.match) for topic in settings.topics] == [("all", "")]
    assert [source.id for source in settings.sources] == ["a"]


def test_every_key_is_documented_and_every_documented_key_exists() -> None:
    sections = re.split(r"^## ", (ROOT / "docs/config.md").read_text(encoding="utf-8"), flags=re.M)
    documented = {
        match[1]: {key for row in re.findall(r"^\| (`.*?) \|", section, re.M) for key in re.findall(r"`(\w+)`", row)}
        for section in sections
        if (match := re.match(r"\[([\w.]+)\]", section))
    }
    assert documented == {table: set(names) for table, names in keys().items()}


@pytest.mark.parametrize("document", ["README.md", "docs/config.md"])
def test_examples_in_the_documents_load(document: str) -> None:
    blocks = re.findall(r"```toml\n(.*?)```", (ROOT / document).read_text(encoding="utf-8"), re.S)
    assert all(map(parsed, blocks))
    assert blocks


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("", None),
        ('contact = "desk@paper.example"', "desk@paper.example"),
        ('contact = "https://paper.example/bot"', "https://paper.example/bot"),
    ],
)
def test_those_who_are_polled_learn_whom_to_write_to(written: str, told: str | None) -> None:
    assert parse(f"[polling]\n{written}", Path("f.toml"), lambda *query: None).contact == told


def test_a_public_address_is_a_contact_and_nonsense_is_none() -> None:
    public = '[daemon]\npublic_url = "https://news.example.org/"'
    assert parse(public, Path("f.toml"), lambda *query: None).contact == "https://news.example.org"
    with pytest.raises(ConfigError, match="is a mail or web address, not 'me'"):
        parse('[polling]\ncontact = "me"', Path("f.toml"), lambda *query: None)


MANY = "\n".join(f'[sources.s{n}]\nurl = "https://s{n}.example/"' for n in range(400))
EDITS = {
    "nothing": ("s30.example", "s30.example", 400),
    "an address": ("s30.example", "elsewhere.example", 300),
    "a source more": ("[sources.s30]", '[sources.new]\nurl = "https://new.example/"\n[sources.s30]', 300),
    "a source less": ('[sources.s30]\nurl = "https://s30.example/"\n', "", 300),
    "another order": ('[sources.s399]\nurl = "https://s399.example/"', "", 300),
    "a default": ("[sources.s0]", '[polling]\ntimeout = "10s"\n[sources.s0]', 0),
}


@cache
def many() -> Settings:
    return parsed(MANY)


@pytest.mark.parametrize(("old", "new", "kept"), EDITS.values(), ids=EDITS)
def test_of_an_edited_configuration_only_what_is_new_is_told_and_the_rest_kept(old: str, new: str, kept: int) -> None:
    before, edited = many(), MANY.replace(old, new)
    told = brief(parse(edited, Path("desk.toml"), compile_query, marks(before)), marks(before))
    after = whole(pickle.loads(pickle.dumps(told)), before)
    assert after == parsed(edited)
    assert len({id(one) for one in before.sources} & {id(one) for one in after.sources}) >= kept
    assert sum(len(part.sources) for part in told.parts) <= 401 - kept


def test_sources_of_lists_are_told_along_with_a_configuration_in_brief() -> None:
    settings = many()
    listed = replace(settings, sources=(*settings.sources, replace(settings.sources[0], id="listed", list="blogs")))
    assert whole(brief(listed, marks(settings)), settings) == listed


@pytest.mark.slow
def test_another_process_reads_a_file_like_this_one_and_passes_on_all_that_is_wrong_with_it(tmp_path: Path) -> None:
    file = tmp_path / "feedhub.toml"
    file.write_text(MANY)
    before = load_apart(file)
    assert before == load(file, compile_query)
    file.write_text(f'{MANY}\n[sources.another]\nurl = "https://another.example/"\n')
    after = load_apart(file, before)
    assert after == load(file, compile_query)
    assert after.sources[0] is before.sources[0]
    file.write_text('[topics.t]\ntitle = 3\nmatch = "("\n[sources.s]\n')
    with pytest.raises(ConfigError) as here:
        load(file, compile_query)
    with pytest.raises(ConfigError) as there:
        load_apart(file)
    assert there.value.problems == here.value.problems
    assert len(there.value.problems) == 3


def test_a_reading_process_that_dies_is_an_error_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(FeedhubError, match="the process that reads the configuration ended early, with status 1"):
        load_apart(tmp_path / "feedhub.toml")


@pytest.mark.slow
def test_a_reading_process_whose_daemon_was_killed_ends_without_a_word(tmp_path: Path) -> None:
    file = tmp_path / "feedhub.toml"
    file.write_text(MANY)
    command = [sys.executable, "-m", "feedhub.daemon.settings", str(file)]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE) as reading:
        assert reading.stdin
        assert reading.stdout
        assert reading.stderr
        reading.stdout.close()
        with reading.stdin as pipe:
            pickle.dump(marks(None), pipe)
        assert reading.stderr.read() == b""
