"""How a page is made: what every template is given. Templates are rendered on the reading thread."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from feedhub import __version__, urls
from feedhub.store.reading import Reader
from feedhub.web.desk import Desk
from feedhub.web.layout import environment
from feedhub.web.session import Sessions

Asked = Callable[[Reader], dict[str, Any]]


class PageRenderer:
    """Renders templates with what is read from the store."""

    def __init__(self, desk: Desk, sessions: Sessions, clock: Callable[[], datetime]):
        self.desk, self.sessions, self.clock = desk, sessions, clock
        self._templates = environment()

    def root(self) -> str:
        """The path that begins every link, redirect and cookie."""
        return urls.path(self.desk.settings.public_url)

    def see(self, path: str) -> web.Response:
        """Send a browser that has sent a form on to a page."""
        return web.Response(status=303, headers={"Location": self.root() + path})

    async def page(self, request: web.Request, template: str, asked: Asked, status: int = 200) -> web.Response:
        """A page; raises what `asked` raises."""
        common = self._common(request)
        html = await self.desk.read(
            lambda reader: self._templates.get_template(template).render(**(common | asked(reader)))
        )
        return _html(html, status, common["editor"])

    def plain(self, request: web.Request, template: str, status: int = 200, **values: Any) -> web.Response:
        """A page that needs no store."""
        common = self._common(request)
        html = self._templates.get_template(template).render(**common, **values)
        return _html(html, status, common["editor"] or template == "login.html")

    def problem(self, request: web.Request, status: int, message: str, hint: str, back: str = "") -> web.Response:
        """An error, said kindly, with ways to go on; `back` is the page from which somebody came, if that is known."""
        return self.plain(request, "problem.html", status, message=message, hint=hint, back=back)

    def _common(self, request: web.Request) -> dict[str, Any]:
        settings = self.desk.settings
        return {
            "settings": settings,
            "topics": [topic for topic in settings.topics if not topic.private],
            "rejected": self.desk.rejected(),
            "now": self.clock().astimezone(ZoneInfo(settings.timezone)),
            "version": __version__,
            "root": self.root(),
            "path": request.path,
            "editor": self.sessions.editor(request),
            "writable": self.sessions.possible(),
            "query": "",
        }


def _html(text: str, status: int, sends: object) -> web.Response:
    """An HTML response, compressed if the reader takes that: a page has no strong validator that would forbid it.

    On pages with forms (`sends`), browsers may tell our own pages where a form comes from: under "no-referrer" its
    Origin would be "null".
    """
    headers = {"Cache-Control": "private, no-cache", "Vary": "Accept-Encoding, Cookie"}
    if sends:
        headers["Referrer-Policy"] = "same-origin"
    response = web.Response(text=text, status=status, content_type="text/html", headers=headers)
    response.enable_compression()
    return response
