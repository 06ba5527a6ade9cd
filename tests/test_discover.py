"""The feeds that a web page points to."""

from __future__ import annotations

from feedhub.parse.discover import HEAD, common_places, pointers

PAGE = """<html><head><base href="/en/">
<link rel="ALTERNATE stylesheet" type="application/rss+xml; charset=utf-8" href="news.rss">
<link rel=alternate type="application/atom+xml" href="https://other.example/atom">
<link rel=alternate hreflang=ja type="text/html" href="/ja/">
<link rel=blogroll href="roll.opml">
<link rel=alternate type="application/rss+xml" href="javascript:alert(1)">
</head><body><a href="/deep/feed/?x=1">feed</a><a href="feedback">no</a><a href="all.opml#x">list</a>
<![if bad]><a href="/rss">rss</a>"""


def test_what_a_page_declares_links_to_and_lists() -> None:
    found = pointers(PAGE, "https://a.example/")
    assert found.declared == ("https://a.example/en/news.rss", "https://other.example/atom")
    assert found.linked == ("https://a.example/deep/feed/?x=1", "https://a.example/rss")
    assert found.lists == ("https://a.example/en/roll.opml", "https://a.example/en/all.opml#x")


def test_a_page_does_not_point_to_itself_and_endless_ones_are_cut() -> None:
    link = '<link rel=alternate type="application/rss+xml" href="/feed">'
    assert pointers(link, "https://a.example/feed").declared == ()
    assert pointers("x" * HEAD + link, "https://a.example/").declared == ()


def test_the_usual_places_are_below_the_page_first() -> None:
    assert common_places("https://a.example/blog")[:3] == [
        "https://a.example/blog/feed", "https://a.example/blog/rss", "https://a.example/feed",
    ]  # fmt: skip
    assert common_places("https://a.example")[0] == "https://a.example/feed"
