"""When a reader was here last, so that what is new since then can be marked: a cookie with two times, no more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from aiohttp import web

from feedhub.web.mount import cookie_path

COOKIE = "feedhub-visit"
PAUSE = timedelta(minutes=30)  # that ends a visit
KEPT = timedelta(days=90)


def read(cookie: str | None, now: datetime) -> tuple[datetime | None, str]:
    """The end of the visit before this one, None for a first visit; and the cookie as it is to be from now on."""
    before, last = _times(cookie, now)
    if last is not None and now - last > PAUSE:
        before = last
    return before, f"{int(before.timestamp()) if before else 0}.{int(now.timestamp())}"


def remember(response: web.Response, cookie: str, public_url: str) -> None:
    """Set the cookie."""
    age, path = int(KEPT.total_seconds()), cookie_path(public_url)
    response.set_cookie(COOKIE, cookie, max_age=age, path=path, httponly=True, samesite="Lax")


def _times(cookie: str | None, now: datetime) -> tuple[datetime | None, datetime | None]:
    """The two times in a cookie; None and None for one that is not ours."""
    parts = (cookie or "").split(".")
    if len(parts) != 2 or not all(part.isascii() and part.isdecimal() and len(part) < 12 for part in parts):
        return None, None
    times = [datetime.fromtimestamp(int(part), UTC) if int(part) else None for part in parts]
    if any(time and time > now for time in times):
        return None, None
    return times[0], times[1]
