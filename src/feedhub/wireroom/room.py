"""The wire room's server: feeds, papers' front pages and articles, as of now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import blake2b
from html import escape
from json import dumps

from aiohttp import web

from feedhub.wireroom import feeds, press
from feedhub.wireroom.press import Article, Outlet

# Topics that show what a curated feed is: id, title, query.
_TOPICS = (
    ("all", "The whole morning", ""),
    ("nature", "Quakes and weather", "tag:nature"),
    ("politics", "Politics and trade", "tag:politics"),
    ("markets", "Markets", "tag:markets"),
    ("sport", "Sport", "tag:sport"),
    ("japanese", "日本語", "lang:ja"),
)


class WireRoom:
    """A morning of one agency and the papers that print its wire, played on loopback.

    `start` is when the room opens; `elapsed` gives the seconds since then. What is served is a function of
    these two and of the address it is asked under.
    """

    def __init__(self, start: datetime, elapsed: Callable[[], float]):
        self._start = start
        self._elapsed = elapsed
        self._morning = press.load()

    def app(self) -> web.Application:
        """The server: /, /OUTLET/, /OUTLET/FEED, /OUTLET/articles/NUMBER."""
        app = web.Application()
        app.router.add_get("/", self._index)
        for outlet in self._morning.outlets.values():
            app.router.add_get(f"/{outlet.id}/{outlet.feed}", self._feed)
            app.router.add_get(f"/{outlet.id}/", self._front_page)
            app.router.add_get(rf"/{outlet.id}/articles/{{number:\d+}}", self._article)
        return app

    def _edition(self, outlet: Outlet) -> list[Article]:
        return press.edition(self._morning, outlet.id, self._start, self._elapsed())

    def _outlet(self, request: web.Request) -> Outlet:
        return self._morning.outlets[request.path.split("/")[1]]

    async def _feed(self, request: web.Request) -> web.Response:
        outlet = self._outlet(request)
        articles = self._edition(outlet)
        dialect = feeds.DIALECTS[outlet.dialect]
        body = dialect.write(outlet, articles, _base(request))
        headers = {"Content-Type": dialect.content_type}
        if outlet.validators:
            etag = f'"{blake2b(body, digest_size=8).hexdigest()}"'
            changed = max(article.updated for article in articles).astimezone(UTC)
            headers |= {"ETag": etag, "Last-Modified": format_datetime(changed, usegmt=True)}
            if _unchanged(request, etag, changed):
                return web.Response(status=304, headers=headers)
        return web.Response(body=body, headers=headers)

    async def _index(self, request: web.Request) -> web.Response:
        rows = "".join(
            f'<li><a href="/{outlet.id}/">{escape(outlet.title)}</a> '
            f'(<a href="/{outlet.id}/{outlet.feed}">feed</a>)</li>'
            for outlet in self._morning.outlets.values()
        )
        return _page("en", "The wire room", f"<h1>The wire room</h1><ul>{rows}</ul>")

    async def _front_page(self, request: web.Request) -> web.Response:
        outlet = self._outlet(request)
        rows = "".join(
            f'<li><a href="{article.path}">{escape(article.headline)}</a></li>' for article in self._edition(outlet)
        )
        feed_type = feeds.DIALECTS[outlet.dialect].content_type.split(";")[0]
        head = f'<link rel="alternate" type="{feed_type}" href="/{outlet.id}/{outlet.feed}">'
        return _page(outlet.language, outlet.title, f"<h1>{escape(outlet.title)}</h1><ul>{rows}</ul>", head)

    async def _article(self, request: web.Request) -> web.Response:
        outlet = self._outlet(request)
        for article in self._edition(outlet):
            if str(article.number) == request.match_info["number"]:
                headline, when = escape(article.headline), article.updated.isoformat(" ")
                paper = f'<p><a href="/{outlet.id}/">{escape(outlet.title)}</a> · <time>{when}</time></p>'
                body = f"{paper}<h1>{headline}</h1>{feeds.body(article)}"
                return _page(outlet.language, article.headline, body)
        raise web.HTTPNotFound(text="not printed, or not yet")


def configuration(base_url: str, listen: str, database: str, admin_token: str | None = None) -> str:
    """A configuration in TOML that subscribes to every outlet of a room served under `base_url`."""
    lines = [
        "# A built-in wire room: invented papers that print invented news.",
        "[daemon]",
        f"listen = {_quoted(listen)}",
        f"database = {_quoted(database)}",
        *([f"admin_token = {_quoted(admin_token)}"] if admin_token else []),
        "",
        "[polling]",
        'min_interval = "5s"',
        'max_interval = "10s"',
    ]
    for outlet in press.load().outlets.values():
        lines += ["", *_source(outlet, base_url)]
    for topic, title, match in _TOPICS:
        lines += ["", f"[topics.{topic}]", f"title = {_quoted(title)}", f"match = {_quoted(match)}"]
    return "\n".join(lines) + "\n"


def truth() -> Mapping[str, str]:
    """Which text each item prints: guid (where the feed gives one) and path of its link -> slug."""
    told: dict[str, str] = {}
    for printing in press.load().printings:
        told[printing.path] = printing.wire.slug
        if printing.guid:
            told[printing.guid] = printing.wire.slug
    return told


def _source(outlet: Outlet, base_url: str) -> list[str]:
    return [
        f"[sources.{outlet.id}]",
        f"url = {_quoted(f'{base_url}/{outlet.id}/{outlet.feed}')}",
        f"title = {_quoted(outlet.title)}",
        f"language = {_quoted(outlet.language)}",
        *(['agency = "tsubame"', 'tags = ["wire"]'] if outlet.agency else ['tags = ["paper"]']),
        "allow_private = true",
    ]


def _quoted(text: str) -> str:
    """A TOML string; JSON's escapes are TOML's."""
    return dumps(text, ensure_ascii=False)


def _base(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}"


def _unchanged(request: web.Request, etag: str, changed: datetime) -> bool:
    asked = request.if_none_match
    if asked is not None:  # it outranks the date (RFC 9110, 13.2.2)
        return any(tag.value == "*" or f'"{tag.value}"' == etag for tag in asked)
    since = request.if_modified_since
    return since is not None and changed <= since


def _page(language: str, title: str, body: str, head: str = "") -> web.Response:
    style = "body{max-width:40em;margin:2em auto;padding:0 1em;font:17px/1.6 serif}small{color:#666}"
    page = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title>{head}<style>{style}</style></head>"
        f"<body>{body}<hr><small>Invented news from feedhub's wire room.</small></body></html>"
    )
    return web.Response(text=page, content_type="text/html")
