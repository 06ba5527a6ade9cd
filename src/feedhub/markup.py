"""HTML in feeds: sanitised for showing, and its words. None of it is trusted."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from typing import Literal

import nh3

from feedhub.nesting import limit_nesting
from feedhub.pictures import without_trackers
from feedhub.text import collapsed, legal, one_line

LONG_TITLE = 10_000  # characters of a headline that are read, tags included
MAX_TEXT = 200_000  # characters of one entry that are kept

_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "dd", "del", "div", "dl", "dt", "em",
    "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "ol",
    "p", "pre", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strong", "sub", "sup", "table",
    "tbody", "td", "tfoot", "th", "thead", "time", "tr", "u", "ul", "var", "wbr",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "time": {"datetime"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "*": {"lang", "dir"},
}
_NO_TEXT = {"script", "style", "iframe", "object", "embed", "svg", "math", "form", "template", "noscript"}
_Relative = Literal["deny"] | tuple[Literal["rewrite_with_base"], str]  # what nh3 makes of relative addresses

_BREAK = re.compile(r"<(?:/?(?:p|div|br|li|h[1-6]|tr|blockquote|figcaption|dd|dt|ul|ol|table)\b[^>]*)/?>")
_TAG = re.compile(r"<[^>]*>")
_INLINE = re.compile(r"</?(?:a|b|i|u|em|strong|span|p|br|sup|sub|font|h[1-6]|img|ruby|rt|rp|q|cite)\b[^>]*>", re.I)
_RISKY = re.compile(r"</?(?P<name>[a-zA-Z][^\s/<>]*)[^<>]*(?:>|(?=<)|$)|<[!?/][^<>]*(?:>|(?=<)|$)")
_CAPITALS = re.compile(r"[A-Z][A-Z0-9.]*")
_ELEMENTS = _TAGS | _NO_TEXT | {  # of HTML, as it is and as it was
    "applet", "area", "article", "aside", "audio", "base", "basefont", "bdi", "bdo", "bgsound", "big", "blink",
    "body", "button", "canvas", "center", "col", "colgroup", "command", "data", "datalist", "details", "dfn",
    "dialog", "dir", "fieldset", "font", "footer", "frame", "frameset", "head", "header", "hgroup", "html",
    "image", "input", "isindex", "keygen", "label", "layer", "legend", "link", "listing", "main", "map", "mark",
    "marquee", "menu", "menuitem", "meta", "meter", "nav", "nobr", "noembed", "noframes", "optgroup", "option",
    "output", "param", "picture", "plaintext", "portal", "progress", "search", "section", "select", "slot",
    "source", "strike", "summary", "textarea", "title", "track", "tt", "video", "xml", "xmp",
}  # fmt: skip
_LONE = re.compile(r"<(?!(?:br|p|wbr|[A-Z][A-Z0-9.]*)>)([a-zA-Z][a-zA-Z0-9-]*)>")
_SITE = re.compile(r"https?://[^/?#\\]+")
_FROM_THE_ROOT = (  # what follows an attribute's name if its value means the same all over a site
    *(f"={quote}{start}" for quote in ("", '"', "'") for start in ("http://", "https://", "mailto:", "/")),
    "set=",  # srcset, which is not let through
)
_OPENED = re.compile(r"</?[a-zA-Z]")
_ENTITY = re.compile(r"&(?:#\d{1,8}|#x[0-9a-fA-F]{1,8}|[a-zA-Z]\w{0,40});")


def sanitise(markup: str, base: str) -> str:
    """HTML that may be shown: listed tags and attributes only, URLs absolute; plain text is escaped."""
    markup = legal(markup[:MAX_TEXT]).replace("\r\n", "\n").replace("\r", "\n").strip()  # as HTML reads them
    if not _has_markup(markup):
        return html.escape(markup, quote=False)
    markup = limit_nesting(markup)
    site = _SITE.match(base)
    cleaner = _cleaner(f"{site[0]}/" if site and _same_all_over_a_site(markup.lower()) else base)
    return without_trackers(cleaner.clean(markup)).strip()


def _same_all_over_a_site(markup: str) -> bool:
    """Whether all addresses in lower-case HTML are absolute or begin at the root of their host, as nearly all do."""
    after_names = (*markup.split("href")[1:], *markup.split("src")[1:])
    return all(part.startswith(_FROM_THE_ROOT) for part in after_names)


@lru_cache(maxsize=32)
def _cleaner(base: str) -> nh3.Cleaner:
    """A cached cleaner of HTML with addresses relative to `base`; setting one up takes half as long as a text."""
    relative: _Relative = ("rewrite_with_base", base)
    try:
        return _cleaner_by(relative)
    except ValueError:  # nh3 refuses this base: what is relative to it leads nowhere
        return _cleaner_by("deny")


def _cleaner_by(relative: _Relative) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        clean_content_tags=_NO_TEXT,
        url_schemes={"http", "https", "mailto"},
        url_relative=relative,
        link_rel=None,
    )


def plain_text(markup: str) -> str:
    """The words of sanitised HTML; blocks become lines."""
    text = _TAG.sub("", _BREAK.sub("\n", markup)) if "<" in markup else markup
    escaped = "&" in text
    if escaped:
        text = html.unescape(text)
    if "&" in text:  # feeds escape twice
        text = html.unescape(text)
    if escaped or not text.isascii():  # what stands in entities, and marks that have met their letters
        text = legal(text)
    lines = map(str.strip, text.split("\n"))
    return "\n".join(map(collapsed, filter(None, lines)))


def plain_title(title: str) -> str:
    """A headline, or a name, in plain text, one line: markup is dropped and entities are read, twice if need be."""
    title = title[:LONG_TITLE]
    for _ in range(2):
        if not _has_markup(title):
            break
        title = html.unescape(_TAG.sub("", title) if _looks_like_markup(title) else title)
    return one_line(harmless(title))


def spelled(title: str) -> str:
    """A headline that is declared to be plain text, with its tags spelled as words: `<b>` becomes ‹b›, which runs
    nowhere.

    Many declare markup so. That has tags that are closed, or break lines, and is left as it is.
    """
    return title if "</" in title else _LONE.sub(r"‹\1›", title)


def _has_markup(text: str) -> bool:
    """Whether a text has tags or entities, up to its last bracket: an unclosed tag would be followed to the end."""
    return bool(_OPENED.search(text, 0, text.rfind(">") + 1) or _ENTITY.search(text))


def harmless(title: str) -> str:
    """Make a headline harmless, as many readers show it as HTML whatever it is declared to be."""
    while (fewer := _RISKY.sub(_word, title)) != title:
        title = fewer
    return title


def _word(tag: re.Match[str]) -> str:
    """A tag that is a word in angle brackets, such as `<TEX>`: capitals, no element, no attributes; else ""."""
    name = tag["name"] or ""
    word = _CAPITALS.fullmatch(name) and name.lower() not in _ELEMENTS and tag[0].endswith(f"{name}>")
    return tag[0] if word else ""


def _looks_like_markup(title: str) -> bool:
    """Whether a headline has markup: `<b>` is, `TEXAS AIR <TEX>` and `a < b` are words."""
    return _INLINE.search(title) is not None
