"""Routes, and what every answer carries."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CONTENT_TYPE_LATEST

from feedhub.errors import NotFound, StoreError
from feedhub.logs import event
from feedhub.store import Reader
from feedhub.web.callback import Callback, Inbox
from feedhub.web.desk import Desk
from feedhub.web.feeds import FORMATS, Feeds
from feedhub.web.health import health
from feedhub.web.metrics import Metrics
from feedhub.web.pages import Pages

log = logging.getLogger(__name__)

_STATIC = Path(__file__).parent / "static"
_HEADERS = {
    # Pages show what feeds contain: nothing of it may run, and nobody may frame it.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' https: http: data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def application(
    desk: Desk, metrics: Metrics, clock: Callable[[], datetime], inbox: Inbox | None = None
) -> web.Application:
    """Everything that is served; with an `inbox`, hubs are listened to."""
    pages, feeds = Pages(desk, clock), Feeds(desk)
    app = web.Application(middlewares=[_errors(pages, metrics)])
    formats = "|".join(FORMATS)
    app.router.add_get("/", pages.front)
    app.router.add_get(f"/topics/{{topic}}.{{format:{formats}}}", feeds.topic)
    app.router.add_get("/topics/{topic}", pages.topic)
    app.router.add_get("/stories/{story}", pages.story)
    app.router.add_get("/sources", pages.sources)
    app.router.add_get("/search", pages.search)
    app.router.add_get("/opml", feeds.opml)
    app.router.add_get(f"/feeds/health.{{format:{formats}}}", health(desk))
    if inbox:
        callback = Callback(inbox)
        app.router.add_get("/websub/{key}", callback.verify, allow_head=False)
        app.router.add_post("/websub/{key}", callback.deliver)
    app.router.add_get("/healthz", _alive)
    app.router.add_get("/readyz", _ready(desk))
    app.router.add_get("/metrics", _metrics(desk, metrics))
    app.router.add_static("/static", _STATIC)
    app.on_response_prepare.append(_carry_headers)
    return app


async def _carry_headers(request: web.Request, response: web.StreamResponse) -> None:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = "feedhub"


def _errors(pages: Pages, metrics: Metrics) -> Middleware:
    """Errors as pages, never as tracebacks; every answer is counted by its route."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except NotFound as error:
            response = await pages.problem(404, f"There is {error}.")
        except web.HTTPNotFound:
            response = await pages.problem(404, "There is nothing at this address.")
        except web.HTTPException:
            raise
        except StoreError as error:
            response = await pages.problem(503, str(error))
        except Exception as error:
            event(log, "web.bug", level=logging.ERROR, path=request.path, error=error)
            response = await pages.problem(500, "Something went wrong here; the log says what.")
        route = request.match_info.route.resource
        metrics.served(route.canonical if route else "none", response.status)
        return response

    return middleware


async def _alive(_: web.Request) -> web.Response:
    """The process answers."""
    return web.Response(text="alive\n")


def _ready(desk: Desk) -> Handler:
    """The daemon can do its work."""

    async def ready(_: web.Request) -> web.Response:
        trouble = desk.not_ready()
        return web.Response(text=f"{trouble or 'ready'}\n", status=503 if trouble else 200)

    return ready


def _metrics(desk: Desk, metrics: Metrics) -> Handler:
    async def exposition(_: web.Request) -> web.Response:
        counts = await desk.read(Reader.counts)
        return web.Response(body=metrics.text(counts), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return exposition
