"""Addresses are made absolute, cleaned, compared and shown."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedhub import urls


@pytest.mark.parametrize(
    ("given_url", "kept"),
    [
        ("https://a.example/news?id=1&utm_source=rss&utm_medium=feed", "https://a.example/news?id=1"),
        ("https://a.example/news?fbclid=x", "https://a.example/news"),
        ("HTTPS://A.Example:443/News", "https://a.example/News"),
        ("http://a.example", "http://a.example/"),
        ("http://a.example:8080/x#comments", "http://a.example:8080/x"),
        ("http://a.example/#!/story/1", "http://a.example/#!/story/1"),
        ("http://a.example/x?ref=rss&ref=abc", "http://a.example/x?ref=abc"),
        ("http://a.example/x?q=a%20b+c&p=%E6%97%A5", "http://a.example/x?q=a%20b+c&p=%E6%97%A5"),
        ("http://日本.example/記事", "http://日本.example/記事"),
        ("http://[::1]:8000/x", "http://[::1]:8000/x"),
        ("mailto:desk@a.example", "mailto:desk@a.example"),
        ("http://[bad", "http://[bad"),
    ],
)
def test_a_permalink_loses_tracking_and_nothing_else(given_url: str, kept: str) -> None:
    assert urls.clean(given_url) == kept


@pytest.mark.parametrize(
    "written",
    [
        "http://a.example/news?x=1",
        "HTTP://a.example/news?x=1",
        "http://A.Example:80/news?x=1#top",
        "http://a.example/news?x=1#",
    ],
)
def test_ways_to_write_one_address_are_known_as_such(written: str) -> None:
    assert urls.asked(written) == "http://a.example/news?x=1"


@pytest.mark.parametrize(
    "other",
    [
        "https://a.example/news?x=1", "http://a.example/News?x=1", "http://a.example:8080/news?x=1", "http://a.example/news?X=1",
        "http://me:word@a.example/news?x=1", "http://a.example/news?x=1&utm_source=rss", "file:///news?x=1", "http://[bad",
    ],
)  # fmt: skip
def test_what_may_be_another_document_is_another_address(other: str) -> None:
    assert urls.asked(other) == other


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("/a", "http://base.example/a"),
        ("b", "http://base.example/feeds/b"),
        ("//c.example/d", "http://c.example/d"),
        ("  https://e.example/f g\n", "https://e.example/f%20g"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("/caf\udce9?\udcff", "http://base.example/caf%E9?%FF"),
        ("/a\\b^c", "http://base.example/a%5Cb%5Ec"),
        ("http://[bad", None),
        ("http://a.example:99999/", None),
    ],
)
def test_what_a_feed_gives_is_made_absolute_or_refused(url: str, whole: str | None) -> None:
    assert urls.absolute("http://base.example/feeds/x.rss", url) == whole


def test_an_origin_names_its_port() -> None:
    assert urls.origin("https://A.example/x") == urls.origin("https://a.example:443") == "https://a.example:443"
    assert urls.origin("http://a.example") != urls.origin("https://a.example")
    assert urls.origin("http://a.example:99999/") == urls.origin("mailto:desk@a.example") == ""
    assert not urls.same_origin("http://a.example:99999/x", "http://a.example:99999/y")


def test_a_password_is_never_shown() -> None:
    assert urls.redacted("https://user:secret@a.example/x") == "https://a.example/x"
    assert "secret" not in urls.redacted("https://user:secret@[bad/x")


ADDRESSES = st.from_regex(r"https?://[\w.\[\]:@-]{0,20}/[\w?&=#%/.+-]{0,30}", fullmatch=True)


@given(st.text() | st.text(st.characters()) | ADDRESSES)
def test_nothing_raises_and_cleaning_twice_is_cleaning_once(url: str) -> None:
    once = urls.clean(url)
    assert urls.clean(once) == once
    urls.origin(url), urls.host(url), urls.redacted(url)
    whole = urls.absolute("http://base.example/", url)
    assert whole is None or (whole.startswith(("http://", "https://")) and whole.encode())


@given(ADDRESSES | st.from_regex(r"https?://[a-z0-9.\t-]{1,12}[:/?#@\n ]?[a-z0-9/@:]{0,6}", fullmatch=True))
def test_the_host_of_an_address_in_its_usual_form_is_what_the_standard_library_reads(url: str) -> None:
    try:
        read = urlsplit(url).hostname or ""
    except ValueError:
        read = ""
    assert urls.host(url) == read
