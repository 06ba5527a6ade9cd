"""The dialects: articles -> the bytes of a feed as papers' software writes them, careless habits included."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from json import dumps

from feedhub.text import excerpt
from feedhub.wireroom.press import JST, Article, Outlet


@dataclass(frozen=True, slots=True)
class Dialect:
    """A format: how it is sent and how it is written (outlet, articles newest first, base URL -> bytes)."""

    content_type: str
    write: Callable[[Outlet, Sequence[Article], str], bytes]


def link(article: Article, base: str) -> str:
    """The article's address as its feed gives it, tracking parameters included."""
    tracking = article.outlet.tracking
    return f"{base}{article.path}" + (f"?{tracking}" if tracking else "")


def body(article: Article) -> str:
    """The article in HTML."""
    caption = f"<figure><figcaption>{escape(article.caption)}</figcaption></figure>" if article.caption else ""
    return caption + "".join(f"<p>{escape(paragraph)}</p>" for paragraph in article.paragraphs)


def summary(article: Article) -> str:
    """The beginning of the article in plain text."""
    space = "" if article.outlet.language == "ja" else " "
    return excerpt(space.join(article.paragraphs), article.outlet.summary)


def rss(outlet: Outlet, articles: Sequence[Article], base: str) -> bytes:
    """RSS 2.0, with content:encoded where the outlet gives the full text."""
    return _xml(
        "utf-8",
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">',
        f"<channel><title>{escape(outlet.title)}</title><link>{base}/{outlet.id}/</link>",
        f"<description>{escape(outlet.title)}</description><language>{outlet.language}</language>",
        *(_rss_item(article, base) for article in articles),
        "</channel></rss>",
    )


def _rss_item(article: Article, base: str) -> str:
    outlet = article.outlet
    title = escape(article.headline)
    named = {
        "own": f'<guid isPermaLink="false">{article.guid}</guid>',
        "link": f"<guid>{base}{article.path}</guid>",
        "none": "",
    }
    content = f"<content:encoded><![CDATA[{body(article)}]]></content:encoded>" if outlet.content else ""
    return (
        f"<item><title>{escape(title) if outlet.escaped_twice else title}</title>"
        f"<link>{escape(link(article, base))}</link>{named[outlet.guid]}"
        f"<pubDate>{_rfc822(article.published, outlet.zone)}</pubDate>"
        + "".join(f"<category>{escape(tag)}</category>" for tag in article.tags)
        + f"<description>{escape(summary(article))}</description>{content}</item>"
    )


def rdf(outlet: Outlet, articles: Sequence[Article], base: str) -> bytes:
    """RSS 1.0, declared as Shift_JIS and written in Windows' variant of it, as many papers do."""
    return _xml(
        "Shift_JIS",
        '<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        f' xmlns:dc="http://purl.org/dc/elements/1.1/" xml:lang="{outlet.language}">',
        f'<channel rdf:about="{base}/{outlet.id}/{outlet.feed}"><title>{escape(outlet.title)}</title>',
        f"<link>{base}/{outlet.id}/</link><description>{escape(outlet.title)}</description><items><rdf:Seq>",
        *(f'<rdf:li rdf:resource="{escape(link(article, base))}"/>' for article in articles),
        "</rdf:Seq></items></channel>",
        *(_rdf_item(article, base) for article in articles),
        "</rdf:RDF>",
    )


def _rdf_item(article: Article, base: str) -> str:
    address = escape(link(article, base))
    return (
        f'<item rdf:about="{address}"><title>{escape(article.headline)}</title><link>{address}</link>'
        f"<description>{escape(summary(article))}</description>"
        + "".join(f"<dc:subject>{escape(tag)}</dc:subject>" for tag in article.tags)
        + f"<dc:date>{article.published.isoformat()}</dc:date></item>"
    )


def atom(outlet: Outlet, articles: Sequence[Article], base: str) -> bytes:
    """Atom 1.0."""
    changed = max(article.updated for article in articles)
    return _xml(
        "utf-8",
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{outlet.language}">',
        f"<id>tag:{outlet.id}.example,2026:feed</id><title>{escape(outlet.title)}</title>",
        f'<link rel="self" href="{base}/{outlet.id}/{outlet.feed}"/><link href="{base}/{outlet.id}/"/>',
        f"<author><name>{escape(outlet.title)}</name></author><updated>{changed.isoformat()}</updated>",
        *(_atom_entry(article, base) for article in articles),
        "</feed>",
    )


def _atom_entry(article: Article, base: str) -> str:
    return (
        f"<entry><id>{article.guid}</id><title>{escape(article.headline)}</title>"
        f'<link href="{escape(link(article, base))}"/>'
        f"<published>{article.published.isoformat()}</published>"
        f"<updated>{article.updated.isoformat()}</updated>"
        + "".join(f'<category term="{escape(tag)}"/>' for tag in article.tags)
        + f"<summary>{escape(summary(article))}</summary>"
        f'<content type="html">{escape(body(article))}</content></entry>'
    )


def jsonfeed(outlet: Outlet, articles: Sequence[Article], base: str) -> bytes:
    """JSON Feed 1.1."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.title,
        "home_page_url": f"{base}/{outlet.id}/",
        "feed_url": f"{base}/{outlet.id}/{outlet.feed}",
        "language": outlet.language,
        "items": [
            {
                "id": article.guid,
                "url": link(article, base),
                "title": article.headline,
                "content_html": body(article),
                "summary": summary(article),
                "date_published": article.published.isoformat(),
                "date_modified": article.updated.isoformat(),
                "tags": article.tags,
            }
            for article in articles
        ],
    }
    return dumps(feed, ensure_ascii=False, indent=1).encode()


DIALECTS: Mapping[str, Dialect] = {
    "rss": Dialect("application/rss+xml; charset=utf-8", rss),
    "rdf": Dialect("text/xml", rdf),  # no charset: only the declaration tells
    "atom": Dialect("application/atom+xml; charset=utf-8", atom),
    "json": Dialect("application/feed+json", jsonfeed),
}


def _xml(encoding: str, *lines: str) -> bytes:
    text = "\n".join((f'<?xml version="1.0" encoding="{encoding}"?>', *lines, ""))
    # Papers mean cp932 by "Shift_JIS": ① and 髙 are in it. Other characters become references.
    return text.encode("cp932" if encoding == "Shift_JIS" else encoding, "xmlcharrefreplace")


def _rfc822(when: datetime, zone: str) -> str:
    if zone == "GMT":
        return format_datetime(when.astimezone(UTC), usegmt=True)
    return format_datetime(when.astimezone(JST)).replace("+0900", zone)
