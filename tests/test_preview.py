"""What a configuration would change in the topics, before it takes effect."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from build import BUDGET, QUAKE, START, item, new_store, printed
from feedhub.cli.app import cli
from feedhub.cli.common import settings_of
from feedhub.store.database import open_writer
from feedhub.store.writing import Store

CONFIG = """
[daemon]
database = "{database}"

[sources.herald]
url = "http://127.0.0.1:1/feed"
title = "Herald"
tags = ["wire"]

[topics.quakes]
title = "Quakes"
match = "earthquake OR quake"

[topics.all]
title = "All"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "feedhub.toml"
    path.write_text(CONFIG.format(database=tmp_path / "feedhub.db"), encoding="utf-8")
    settings = settings_of(path)
    store = new_store(settings.database)
    store.configure(settings, START)
    printed(store, "herald", item("herald", "Quake", QUAKE), item("herald", "Budget", BUDGET))
    store.index_words()
    store.close()
    return path


def call(config: Path, *arguments: str, color: bool = False) -> Result:
    return CliRunner().invoke(cli, [*arguments, "--config", str(config)], color=color)


def edit(config: Path, *changes: tuple[str, str]) -> None:
    text = config.read_text(encoding="utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    config.write_text(text, encoding="utf-8")


def test_an_unchanged_configuration_changes_nothing(config: Path) -> None:
    result = call(config, "check")
    assert (result.exit_code, result.output.count("\n")) == (0, 1)
    states = [json.loads(line) for line in call(config, "check", "--json").output.splitlines()]
    assert [(one["topic"], one["state"], one["stories"], one["gains"]) for one in states] == [
        ("quakes", "same", 1, []),
        ("all", "same", 2, []),
    ]


def test_check_tells_what_topics_would_gain_and_lose_before_it_happens(config: Path) -> None:
    edit(
        config,
        ('match = "earthquake OR quake"', 'match = "budget tag:wire"'),
        ("[topics.all]", "[topics.debt]"),
        ('title = "All"', 'title = "Debt"\nmatch = "title:budget -quake"'),
    )
    result = call(config, "check", color=True)
    assert result.exit_code == 0, result.exception
    told = result.output
    assert "\x1b[32m  + 2026-11-23 07:30Z  Herald: Budget" in told
    assert "\x1b[31m  - 2026-11-23 07:30Z  Herald: Quake" in told
    plain = call(config, "check").output
    assert "quakes (changed): 1 story, +1 -1" in plain
    assert "debt (new): 1 story, +1" in plain
    assert "all (removed): 0 stories, -2" in plain
    stored = {
        line["topic"]: ([one["title"] for one in line["gains"]], [one["title"] for one in line["losses"]])
        for line in map(json.loads, call(config, "check", "--json").output.splitlines())
    }
    assert stored["quakes"] == (["Budget"], ["Quake"])
    assert stored["debt"] == (["Budget"], [])
    assert sorted(stored["all"][1]) == ["Budget", "Quake"]


def test_what_check_foretells_is_what_happens(config: Path) -> None:
    edit(config, ('match = "earthquake OR quake"', 'match = "published<2026-11-24 -quake"'))
    foretold = json.loads(call(config, "check", "--json").output.splitlines()[0])
    settings = settings_of(config)
    store = Store(settings.database, "a test")
    store.configure(settings, START)
    store.close()
    stories = [json.loads(line)["id"] for line in call(config, "stories", "quakes", "--json").output.splitlines()]
    assert stories == [story["id"] for story in foretold["gains"]]


@pytest.mark.parametrize(
    ("query", "told"),
    [("outlet:herald", []), ("outlet:'daily herald'", ["Budget", "Quake"]), ("quake outlet:'daily herald'", ["Quake"])],
)
def test_check_and_preview_know_outlets_by_the_names_that_they_have_in_the_file(
    config: Path, query: str, told: list[str]
) -> None:
    edit(config, ('title = "Herald"', 'title = "Herald"\noutlet = "Daily Herald"'))
    edit(config, ("earthquake OR quake", query.replace("'", '\\"')))
    change = json.loads(call(config, "preview", "quakes", "--json").output)
    assert sorted(one["title"] for one in change["gains"] + change["stays"]) == told
    lines = call(config, "check").stdout.splitlines()
    assert f"quakes (changed): {len(told)} stor" in lines[1]
    assert all("  Daily Herald: " in line for line in lines[2:])


def test_preview_shows_a_topic_whole_or_what_a_query_would_take(config: Path) -> None:
    edit(config, ("earthquake OR quake", "earthquake OR quake OR yen"))
    told = call(config, "preview", "quakes").output
    assert "quakes (changed): 2 stories, +1" in told
    assert "  + 2026-11-23 07:30Z  Herald: Budget (item 2)" in told
    assert "    2026-11-23 07:30Z  Herald: Quake (item 1)" in told
    assert "1 story" in call(config, "preview", "title:quake", "-sumo").output
    (line,) = call(config, "preview", "yen", "--json").output.splitlines()
    assert [story["title"] for story in json.loads(line)["gains"]] == ["Budget"]


def test_the_topics_that_a_query_may_name_are_told(config: Path) -> None:
    assert "no topic 'weather'; topics are quakes, all\n" in str(call(config, "preview", "@weather").exception)


def test_preview_of_one_word_says_that_no_topic_is_called_so(config: Path) -> None:
    result = call(config, "preview", "quaks")
    assert (result.exit_code, result.stdout) == (0, "0 stories\n")
    assert result.stderr == "no topic is called quaks; a topic of this query would hold:\n"


def test_check_says_which_secrets_its_environment_lacks(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit(config, ('title = "Herald"', 'title = "Herald"\nheaders = {"X-Key" = "$FEEDHUB_NO_SUCH_KEY"}'))
    edit(config, ("[daemon]", '[daemon]\nadmin_token = "$FEEDHUB_SHORT_TOKEN"'))
    monkeypatch.setenv("FEEDHUB_SHORT_TOKEN", "guess me")
    result = call(config, "check")
    assert result.exit_code == 0
    assert "daemon.admin_token: the environment has no usable FEEDHUB_SHORT_TOKEN here; nobody" in result.stderr
    assert result.stderr.endswith("the environment has no usable FEEDHUB_NO_SUCH_KEY here; polls need it\n")


def test_mistakes_are_told_with_their_place_also_as_json(config: Path) -> None:
    edit(config, ("earthquake OR quake", "titel:quake"))
    result = call(config, "check", "--json")
    assert result.exit_code == 2
    (problem,) = map(json.loads, result.output.splitlines())
    assert problem["path"] == "topics.quakes.match"
    assert "did you mean title:?" in problem["message"]


def test_a_configuration_is_checked_also_where_nothing_can_be_looked_at(config: Path, tmp_path: Path) -> None:
    conn = open_writer(tmp_path / "feedhub.db")
    conn.execute("DELETE FROM _sqlite_migrations WHERE name = 'curation'")
    conn.close()
    result = call(config, "check")
    assert result.exit_code == 0
    assert "earlier version" in result.output
    (tmp_path / "feedhub.db").unlink()
    assert call(config, "check").exit_code == 0
