"""Who wrote a story and who printed it, in words and links. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from feedhub.dedup.agencies import display_name
from feedhub.model import Copy, Story
from feedhub.render.publication import Publication

NAMED = 12  # outlets in the line; the rest are counted, and all are on the story's page


def others(story: Story) -> list[Copy]:
    """The other outlets' copies, one of each."""
    first = {copy.outlet: copy for copy in reversed(story.copies)}
    return [copy for copy in story.copies if first[copy.outlet] is copy and copy.outlet != story.outlet]


def writer(story: Story) -> str:
    """The agency whose text it is, else the outlet."""
    return display_name(story.agency, story.language) if story.agency else story.outlet


def line(story: Story, link: bool) -> str:
    """ "Kyodo News. Also in: The Mainichi, Japan Today", as HTML, with links or without."""
    source, more = writer(story), others(story)
    printed = [(copy.outlet, copy.link) for copy in more if copy.outlet != source]
    if source != story.outlet:
        printed.insert(0, (story.outlet, story.link))
    if not printed:
        return escape(source)
    names = [_name(name, url if link else None) for name, url in printed[:NAMED]]
    left = len(printed) - NAMED
    if story.language == "ja":
        names += [f"ほか{left}媒体"] if left > 0 else []
        return f"{escape(source)}。{'ほかに' if more else '掲載'}：{'、'.join(names)}"
    names += [f"{left} more"] if left > 0 else []
    return f"{escape(source)}. {'Also in' if more else 'In'}: {', '.join(names)}"


def _name(name: str, url: str | None) -> str:
    return f'<a href="{escape(url)}">{escape(name)}</a>' if url else escape(name)


def content(story: Story, publication: Publication) -> str:
    """The story's HTML, then where it is from and where all copies are."""
    body = story.html or "".join(f"<p>{escape(part, quote=False)}</p>" for part in story.text.split("\n") if part)
    if body and "<p" not in body:
        body = f"<p>{body}</p>"
    all_copies = "すべての掲載" if story.language == "ja" else "All copies"
    page = escape(publication.story_page(story))
    return f'{body}\n<p><small>{line(story, link=True)} · <a href="{page}">{all_copies}</a></small></p>'


def links(story: Story) -> Iterator[tuple[str, str, str]]:
    """`(rel, address, title)`: via the copy that is shown, related the other copies and the stories of one event."""
    if story.link:
        yield "via", story.link, story.outlet
    for copy in story.copies:
        if not copy.canonical and copy.link and copy.link != story.link:
            yield "related", copy.link, copy.outlet
    for other in story.related:
        if other.link:
            yield "related", other.link, f"{other.outlet}: {other.title}"
