"""What keeps feedparser's work in proportion to a document: it has places where some kilobytes take it minutes.

Each guard stands before one of these; `tests/hostile/test_hostile_parse.py` finds out whether there are more.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.sax import SAXException
from xml.sax.xmlreader import AttributesNSImpl

import feedparser
from feedparser.parsers.strict import _StrictFeedParser

NAME = 500  # characters of an author's name that are searched for an address: the search is quadratic
TAGS = 100  # categories of one entry; each is compared with all before it
PROLOG = 32_000  # characters before the root element: declarations of entities are searched for line by line
DEEPEST = 500  # elements within one another; feedparser's stacks are copied at each. Feeds have 10, XHTML in them 50
SUSPECT = 2_000  # tags more than are closed, before their nesting is looked at
ATTRIBUTES = 1_000  # of one element; the strict reader looks each up among all
SPACES = 1_000  # names that a document gives to namespaces; the strict reader looks through them at every element
NOTICED = 1_000  # characters of a prolog from which on its blank lines are taken out
LONG = 8_000  # characters of a tag: far from a thousand attributes, and far more than any has

Handler = Callable[..., object]

_Mixin = feedparser.mixin._FeedParserMixin
_LONG_TAG = re.compile(rf"<([\w:.-]+)\s[^<>]{{{LONG},}}>")
_ROOT = re.compile(r"<\w")
_OPENING = "<![CDATA["
_CDATA = re.compile(r"<!\[CDATA\[.*?\]\]>", re.S)
_TAG = re.compile(r"<(/?)[a-zA-Z][^<>]*?(/?)>")
_DECLARATION = re.compile(r"<\?xml\b[^>]{0,200}>")


def proportioned(text: str) -> str:
    """A document whose prolog is no longer than a prolog may be, whose CDATA opens but once where it never ends, and
    whose elements have no heaps of attributes: any reader takes 2 kB of memory for each.
    """
    text = _once_opened(_short_prolog(text))
    return _LONG_TAG.sub(_few_attributes, text) if _may_have_long_tags(text) else text


def _may_have_long_tags(text: str) -> bool:
    """Whether no tag ends for as long as one is long: told by few steps from end to end, each as far as it may be."""
    at = 0
    while at + LONG < len(text):
        at = text.rfind(">", at, at + LONG) + 1
        if not at:
            return True
    return False


def _few_attributes(tag: re.Match[str]) -> str:
    return f"<{tag[1]}{'/' if tag[0].endswith('/>') else ''}>" if tag[0].count("=") > ATTRIBUTES else tag[0]


def _once_opened(text: str) -> str:
    """Within CDATA its opening is mere text; the reader of malformed documents tries each anew, to the end."""
    first = text.find(_OPENING, text.rfind("]]>") + 1)
    if first < 0:
        return text
    inside = first + len(_OPENING)
    return text[:inside] + text[inside:].replace(_OPENING, "")


def _short_prolog(text: str) -> str:
    root = _ROOT.search(text)
    prolog = text[: root.start()] if root else text
    if len(prolog) > PROLOG:
        shorter = _declared(prolog)
    elif len(prolog) > NOTICED:
        shorter = "\n".join(filter(None, map(str.strip, prolog.split("\n"))))
    else:
        return text
    return shorter + text[len(prolog) :]


def too_deep(text: str) -> bool:
    """Whether elements are nested deeper than anybody means to; HTML within CDATA is not the document's."""
    if (tags := text.count("<")) < SUSPECT or tags - 2 * text.count("</") - text.count("/>") < SUSPECT:
        return False
    depth = 0
    for tag in _TAG.finditer(_CDATA.sub("", text)):
        depth += -1 if tag[1] else 0 if tag[2] else 1
        if depth > DEEPEST:
            return True
    return False


def _declared(prolog: str) -> str:
    declaration = _DECLARATION.match(prolog)
    return declaration[0] if declaration else ""


def install() -> None:
    """Put the guards before feedparser's own methods; its module is ours alone in this process."""
    add_tag, sync_author = _Mixin._add_tag, _Mixin._sync_author_detail

    def add_few_tags(self: object, *given: object) -> None:
        context = self._get_context()  # type: ignore[attr-defined]
        if len(context.get("tags", ())) < TAGS:
            add_tag(self, *given)

    def sync_short_author(self: object, key: str = "author") -> None:
        context = self._get_context()  # type: ignore[attr-defined]
        if isinstance(name := context.get(key), str) and len(name) > NAME:
            context[key] = name[:NAME]
        sync_author(self, key)

    _Mixin._add_tag, _Mixin._sync_author_detail = add_few_tags, sync_short_author
    _Mixin.unknown_starttag = _passing_over(_Mixin.unknown_starttag)
    _Mixin.unknown_endtag = _passing_over(_Mixin.unknown_endtag)
    start = _StrictFeedParser.startElementNS

    def start_few(self: object, name: object, qname: object, attributes: AttributesNSImpl) -> None:
        if len(attributes) > ATTRIBUTES or len(self.namespaces_in_use) > SPACES:  # type: ignore[attr-defined]
            raise SAXException("more attributes or namespaces than anybody means to write")
        start(self, name, qname, attributes)

    _StrictFeedParser.startElementNS = _as_malformed(start_few)


def _passing_over(handler: Handler) -> Handler:
    """Some handlers fail over elements that are not what they expect: the rest of the document is read all the same."""

    def handle(self: object, *given: object) -> object:
        try:
            return handler(self, *given)
        except MemoryError:
            raise
        except Exception:
            return None

    return handle


def _as_malformed(handler: Handler) -> Handler:
    """What the strict reader stumbles over is left to the lenient one, as is XML that is not well-formed."""

    def handle(self: object, *given: object) -> object:
        try:
            return handler(self, *given)
        except ValueError as error:
            raise SAXException(str(error)) from error

    return handle
