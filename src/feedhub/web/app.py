"""Routes, and what every answer carries."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CONTENT_TYPE_LATEST

from feedhub.errors import NotFound, QueryError, StoreError
from feedhub.logs import event
from feedhub.store.reading import Reader
from feedhub.web.callback import Callback, Inbox
from feedhub.web.desk import Desk
from feedhub.web.editing import Editing
from feedhub.web.editions import NOTICES, of_agency, of_all, of_notices, of_story
from feedhub.web.fastpath import UNCHANGED
from feedhub.web.feeds import FORMATS, Feeds
from feedhub.web.metrics import Metrics, route
from feedhub.web.mount import ROOT
from feedhub.web.operations import Operations
from feedhub.web.pages import Pages
from feedhub.web.renderer import PageRenderer
from feedhub.web.security import SECURITY, TOO_LONG, UNANSWERED
from feedhub.web.session import Sessions

log = logging.getLogger(__name__)

_STATIC = Path(__file__).parent / "static"


def application(
    desk: Desk, metrics: Metrics, clock: Callable[[], datetime], inbox: Inbox | None = None
) -> web.Application:
    """The web application; with an `inbox`, hubs can reach it."""
    renderer = PageRenderer(desk, Sessions(lambda: desk.settings, clock), clock)
    feeds = Feeds(desk, metrics, clock)
    app = web.Application(middlewares=[_counted(metrics), _errors(renderer)])
    app[UNCHANGED], app[ROOT] = feeds.unchanged, renderer.root
    _add_feeds(app.router, feeds)
    if inbox:
        callback = Callback(inbox)
        app.router.add_get("/websub/{key}", callback.verify, allow_head=False)
        app.router.add_post("/websub/{key}", callback.deliver)
    _add_pages(app, renderer)
    app.router.add_get("/healthz", _alive)
    app.router.add_get("/readyz", _ready(desk))
    app.router.add_get("/metrics", _metrics(desk, metrics))
    app.router.add_static("/static", _STATIC)
    app.on_response_prepare.append(_carry_headers)
    return app


def _add_feeds(router: web.UrlDispatcher, feeds: Feeds) -> None:
    suffix = f"{{format:{'|'.join(FORMATS)}}}"
    router.add_get(f"/topics/{{topic}}.{suffix}", feeds.topic)
    router.add_get(f"/topics/{{topic}}/archive/{{page:[0-9]{{1,9}}}}.{suffix}", feeds.archive)
    router.add_get(f"/topics/{{topic}}/archive/{{page:[0-9]{{1,9}}}}-{{entries:[0-9]{{1,9}}}}.{suffix}", feeds.archive)
    router.add_get(f"/all.{suffix}", feeds.of(of_all))
    router.add_get(f"/search.{suffix}", feeds.search)
    router.add_get(f"/stories/{{story}}.{suffix}", feeds.of(of_story, "story"))
    router.add_get(f"/agencies/{{agency}}.{suffix}", feeds.of(of_agency, "agency"))
    router.add_get(f"/feeds/{{name:{'|'.join(NOTICES)}}}.{suffix}", feeds.of(of_notices, "name"))
    router.add_get("/opml", feeds.topics_opml)
    router.add_get("/sources.opml", feeds.sources_opml)


def _add_pages(app: web.Application, renderer: PageRenderer) -> None:
    pages, operations, editing = Pages(renderer), Operations(renderer), Editing(renderer)
    for path, handler in (
        ("/", pages.front), ("/topics", pages.topics), ("/topics/{topic}", pages.topic),
        ("/stories/{story}", pages.story), ("/search", pages.search), ("/sources", operations.sources),
        ("/sources/{source}", operations.source), ("/outlets", operations.outlets), ("/review", editing.review),
        ("/login", editing.login), ("/manifest.webmanifest", _manifest), ("/sw.js", _service_worker),
        ("/robots.txt", _robots),
    ):  # fmt: skip
        app.router.add_get(path, handler)
    app.router.add_post("/login", editing.log_in)
    app.router.add_post("/logout", editing.log_out)
    app.router.add_post("/rule", editing.rule)


async def _carry_headers(request: web.Request, response: web.StreamResponse) -> None:
    for name, value in SECURITY.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = SECURITY["Server"]  # aiohttp has put its own there already


def _counted(metrics: Metrics) -> Middleware:
    """Every answer is counted by its route."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except web.HTTPException as answer:
            metrics.served(route(request), answer.status)
            raise
        metrics.served(route(request), response.status)
        return response

    return middleware


def _errors(renderer: PageRenderer) -> Middleware:
    """Show errors as pages that reveal nothing of the inside: the log has that."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if sum(len(name) + len(value) for name, value in request.raw_headers) > TOO_LONG:
                return web.Response(status=431, text="These headers are too long.\n")
            async with asyncio.timeout(UNANSWERED):
                return await handler(request)
        except TimeoutError:
            return web.Response(status=408 if request.can_read_body else 503, text="This took too long.\n")
        except NotFound as error:
            return renderer.problem(request, 404, f"There is {error}", _hint(error))
        except QueryError as error:
            return web.Response(status=400, text=f"{error}\n")
        except web.HTTPNotFound:
            return renderer.problem(request, 404, "There is nothing at this address", "Perhaps it was mistyped.")
        except web.HTTPException:
            raise
        except StoreError as error:
            event(log, "web.store", level=logging.ERROR, path=request.path, error=str(error))
            return renderer.problem(
                request, 503, "The store cannot be read", "Try again in a minute; the log says more."
            )
        except Exception as error:
            event(log, "web.bug", level=logging.ERROR, path=request.path, error=error)
            return renderer.problem(request, 500, "Something went wrong here", "The log says what.")

    return middleware


def _hint(error: NotFound) -> str:
    if error.kind == "story":
        return "Its copies may all have left their feeds long ago: stories are kept as long as the retention says."
    return "It may have been renamed in the configuration."


async def _manifest(_: web.Request) -> web.Response:
    """What a phone needs to put feedhub on its home screen; addresses are relative to this one."""
    icons = [{"src": f"static/icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png"} for size in (192, 512)]
    icons.append({"src": "static/icon.svg", "sizes": "any", "type": "image/svg+xml", "purpose": "any maskable"})
    body = orjson.dumps({
        "name": "feedhub", "short_name": "feedhub", "description": "One wire story, once.", "start_url": "./",
        "scope": "./", "display": "standalone", "background_color": "#fcfbf8", "theme_color": "#a1271b", "icons": icons,
    })  # fmt: skip
    return web.Response(body=body, content_type="application/manifest+json")


async def _service_worker(_: web.Request) -> web.FileResponse:
    """The service worker, beside the front page that it answers for; browsers always ask for a fresh one."""
    return web.FileResponse(_STATIC / "sw.js", headers={"Cache-Control": "no-cache"})


async def _robots(_: web.Request) -> web.Response:
    """Only feeds are for crawlers: texts belong to their publishers, and searches are endless."""
    feeds = "".join(f"Allow: /*.{format}$\n" for format in FORMATS)
    return web.Response(text=f"User-agent: *\n{feeds}Allow: /opml$\nDisallow: /\n")


async def _alive(_: web.Request) -> web.Response:
    """Pages are served."""
    return web.Response(text="alive\n")


def _ready(desk: Desk) -> Handler:
    """The daemon can do its work."""

    async def ready(_: web.Request) -> web.Response:
        trouble = await desk.not_ready()
        return web.Response(text=f"{trouble or 'ready'}\n", status=503 if trouble else 200)

    return ready


def _metrics(desk: Desk, metrics: Metrics) -> Handler:
    async def exposition(_: web.Request) -> web.Response:
        counts = await desk.read(Reader.counts)
        body = await desk.intake() + metrics.text(counts)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    return exposition
