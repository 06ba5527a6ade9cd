"""The article of a web page: the only door to trafilatura, which the extra `fulltext` brings."""

from __future__ import annotations

import logging
import re
from dataclasses import replace

from feedhub.dedup.case import Prepared
from feedhub.dedup.prepare import prepare, with_terms
from feedhub.markup import plain_text, sanitise
from feedhub.model import Item, ParseFailure
from feedhub.normalise import digest
from feedhub.parse.decode import decode

_HEADLINE = re.compile(r"\s*<h1\b[^>]*>.*?</h1>", re.S)  # the item has it already

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # what it cannot read is told of here


def with_article(
    item: Item, body: bytes, *, content_type: str | None, url: str, agency: str | None
) -> Prepared | ParseFailure:
    """The item with the text of its page at `url`, where that is the fuller one; known by what its feed says of it."""
    try:
        from trafilatura import extract
    except ImportError:
        return ParseFailure(
            kind="configuration", message="full_text needs trafilatura: pip install 'feedhub[fulltext]'"
        )
    page = decode(body, content_type).text
    found = extract(
        page, url=url, output_format="html", include_comments=False, include_links=True, include_images=True
    )
    html = sanitise(_HEADLINE.sub("", found or "", count=1), url)
    text = plain_text(html)
    if len(text) <= len(item.text):
        return ParseFailure(kind="parse", message="the page has no fuller text")
    return replace(with_terms(prepare(replace(item, html=html, text=text), agency)), stamp=digest(item))
