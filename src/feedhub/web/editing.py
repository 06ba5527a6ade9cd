"""Pages for editors: log in, review what was merged on thin evidence, rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from feedhub.dedup.passages import shared
from feedhub.dedup.verdict import in_words
from feedhub.errors import FeedhubError
from feedhub.store.merging.reviews import Review
from feedhub.store.reading import Reader
from feedhub.web.renderer import PageRenderer

if TYPE_CHECKING:
    from multidict import MultiDictProxy  # aiohttp's own

REVIEWS = 12  # pairs on a page
LONGEST = 4000  # characters of a text beside another
VERBS = {  # and how many names each takes
    "confirm": 1, "split": 1, "merge": 2, "never": 2, "undo": 1, "note": 2, "unnote": 1,
    "pin": 2, "hide": 2, "lead": 2, "unpin": 2, "unhide": 2, "unlead": 2,
}  # fmt: skip


class Editing:
    """Handlers of the pages for editors, and of the forms on them."""

    def __init__(self, renderer: PageRenderer):
        self._renderer, self._sessions = renderer, renderer.sessions

    async def login(self, request: web.Request) -> web.Response:
        """Ask for the token."""
        return self._renderer.plain(request, "login.html", wrong=False, back=_local(request.query.get("back")))

    async def log_in(self, request: web.Request) -> web.StreamResponse:
        """Take the token, hand out the cookie."""
        self._refuse_strangers(request)
        form = await _form(request)
        back = _local(str(form.get("back", "")))
        token, name = str(form.get("token", "")), str(form.get("name", ""))
        cookie = await self._sessions.log_in(token, name, request.remote or "")
        if cookie is None:
            return self._renderer.plain(request, "login.html", 403, wrong=True, back=back)
        response = self._renderer.see(back)
        self._sessions.remember(response, cookie)
        return response

    async def log_out(self, request: web.Request) -> web.StreamResponse:
        """Forget the editor."""
        self._refuse_strangers(request)
        response = self._renderer.see("/")
        self._sessions.forget(response)
        return response

    async def review(self, request: web.Request) -> web.Response:
        """Borderline merges and near misses, side by side, with their common passages marked."""

        def asked(reader: Reader) -> dict[str, Any]:
            waiting, missed = reader.reviews(REVIEWS), reader.near_misses(REVIEWS)
            return {
                "waiting": [_pair(reader, review) for review in waiting],
                "missed": [_pair(reader, review) for review in missed],
                "rulings": reader.rulings(20),
                "said": request.query.get("said", ""),
            }

        return await self._renderer.page(request, "review.html", asked)

    async def rule(self, request: web.Request) -> web.StreamResponse:
        """Carry out a ruling and go back to where it was made."""
        self._refuse_strangers(request)
        editor = self._sessions.editor(request)
        if editor is None:
            return self._renderer.see("/login?back=/review")
        form = await _form(request)
        verb, back = str(form.get("verb", "")), _local(str(form.get("back", "")), "/review")
        names = [str(name).strip() for name in form.getall("name", [])]
        if VERBS.get(verb) != len(names):
            return self._renderer.problem(
                request, 400, "This is no ruling", "The page may be an old one; load it again."
            )
        try:
            await self._renderer.desk.rule(verb, names, editor)
        except FeedhubError as error:
            why = str(error)
            return self._renderer.problem(request, 409, "It cannot be done", f"{why[:1].upper()}{why[1:]}.", back)
        return self._renderer.see(back)

    def _refuse_strangers(self, request: web.Request) -> None:
        if not self._sessions.from_here(request):
            raise web.HTTPForbidden(text="A form must be sent from a page of this hub (its Origin says otherwise).\n")


async def _form(request: web.Request) -> MultiDictProxy[Any]:
    """The fields of a form; raises HTTPBadRequest for anything else, whatever error aiohttp makes of it."""
    try:
        return await request.post()
    except (ValueError, LookupError, AssertionError, HttpProcessingError, ConnectionError):
        raise web.HTTPBadRequest(text="This is no form.\n") from None


def _pair(reader: Reader, review: Review) -> dict[str, Any]:
    texts = reader.texts([review.item.item, review.beside.item])
    one, other = (texts[side.item] for side in (review.item, review.beside))
    marks = shared(one.text[:LONGEST], other.text[:LONGEST], one.language)
    return {
        "review": review,
        "sides": [(review.item, one, marks[0]), (review.beside, other, marks[1])],
        "reasons": in_words(review.verdict),
    }


def _local(address: str | None, otherwise: str = "/") -> str:
    """A path of ours to go to; never another site's."""
    parts = urlsplit(address or "")
    ours = address and address.startswith("/") and not address.startswith(("//", "/\\")) and not parts.netloc
    return address if ours and address and address.isprintable() else otherwise
