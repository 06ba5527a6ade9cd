"""What `feedhub check` tells of a configuration that is taken: keys without effect, names that nobody has."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from feedhub.cli.app import cli
from feedhub.config.load import load
from feedhub.config.remarks import remarks
from feedhub.topics import compile_query

PAPER = '[sources.herald]\nurl = "http://herald.example/feed"\noutlet = "The Herald"\nlanguage = "en"\n'
TOPIC = '[topics.t]\ntitle = "T"\n'


def told(text: str, directory: Path) -> list[str]:
    file = directory / "feedhub.toml"
    file.write_text(text, encoding="utf-8")
    return [f"{one.line} {one.path}: {one.message}" for one in remarks(text, load(file, compile_query))]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('half_life = "3h"', '7 topics.t.half_life: has no effect with order = "newest", only with "hot"'),
        ('hub = "https://hub.example/"\nprivate = true', "topics.t.hub: has no effect: a private topic has none"),
        ("min_copies = 2", "topics.t.min_copies: is more than the outlets that there are: 1"),
        ('match = "quake source:nope"', "topics.t.match: there is no source or outlet 'nope'"),
        ('match = "outlet:herald"', "there is no outlet 'herald'; did you mean 'the herald'?"),
        ('match = "-(agency:kyoodo)"', "there is no agency 'kyoodo'; did you mean 'kyodo'?"),
        ('match = "outlet:sun*"', "there is no outlet 'sun'"),
        ('match = "quake or 地震"', "topics.t.match: or is looked for as a word; in capitals, OR, it means either"),
        ('match = "lang:fr"', "there is no source in the language 'fr'"),
        ('prefer_outlets = ["Sun"]', "topics.t.prefer_outlets: there is no source or outlet 'Sun'"),
        ('prefer_languages = ["fr"]', "topics.t.prefer_languages: there is no source in the language 'fr'"),
    ],
)
def test_what_does_nothing_in_a_topic_is_told(written: str, said: str, tmp_path: Path) -> None:
    (remark,) = told(f"{PAPER}{TOPIC}{written}\n", tmp_path)
    assert said in remark


@pytest.mark.parametrize(
    "written",
    [
        'half_life = "3h"\norder = "hot"',
        'match = "source:herald source:\\"the herald\\" outlet:the* agency:jiji tag:any lang:ja"',
        'prefer_outlets = ["herald", "The Herald"]\nprefer_languages = ["ja", "en"]',
    ],
)
def test_what_does_something_is_passed_over(written: str, tmp_path: Path) -> None:
    assert told(f"{PAPER}{TOPIC}{written}\n", tmp_path) == []


def test_a_list_may_bring_any_outlet(tmp_path: Path) -> None:
    listed = '[lists.l]\nurl = "https://lists.example/feeds.opml"\n'
    assert told(f'{PAPER}{listed}{TOPIC}match = "source:nope lang:fr"\n', tmp_path) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[sources.a]\nurl = "file:///a.xml"\nproxy = "http://p.example/"', "sources.a.proxy: has no effect on a file"),
        ('[sources.a]\nurl = "http://u:p@a.example/"\nauth = "basic A"', "sources.a.auth: has no effect: user and"),
        (
            '[sources.a]\nurl = "http://a.example/"\nproxy = "http://p.example/"\nallow_private = true',
            "sources.a.allow_private: has no effect: what may be reached is up to the proxy",
        ),
        ('[daemon]\nlisten = ":8080"', "daemon.public_url: is http://127.0.0.1:8080: links in feeds lead"),
        (
            '[daemon]\npublic_url = "https://news.example/feeds/"',
            "daemon.public_url: has a path like one of feedhub's own: the proxy in front has to pass /feeds on",
        ),
        ('[websub]\nhub = "https://hub.example/"', "websub.hub: has no effect: it cannot reach http://127.0.0.1:8080"),
        ("[websub]\nsubscribe = true", "websub.subscribe: has no effect on hubs of the internet"),
    ],
)
def test_what_does_nothing_for_a_source_or_where_feedhub_is_found_is_told(text: str, said: str, tmp_path: Path) -> None:
    (remark,) = told(f"{text}\n", tmp_path)
    assert said in remark


def test_nothing_is_to_be_said_of_any_other_path_that_feedhub_stands_below(tmp_path: Path) -> None:
    assert told('[daemon]\npublic_url = "https://news.example/desk/feeds/"\n', tmp_path) == []


def test_a_check_tells_remarks_and_missing_tokens_and_takes_the_file(tmp_path: Path) -> None:
    file = tmp_path / "feedhub.toml"
    file.write_text(
        f'[daemon]\ndatabase = "{tmp_path / "d.db"}"\nadmin_token = "$NOT_SET_ANYWHERE"\n'
        f'{PAPER}{TOPIC}half_life = "3h"\n'
    )
    result = CliRunner().invoke(cli, ["check", "--config", str(file)])
    assert (result.exit_code, result.stdout) == (0, f"{file}: fine; 1 source, 1 topic\n")
    assert f"{file}:10: topics.t.half_life: has no effect" in result.stderr
    assert "daemon.admin_token: the environment has no usable NOT_SET_ANYWHERE here" in result.stderr
