"""What stands in an entry: the story's text, what was corrected, where it is from, what it is related to. Pure."""

from __future__ import annotations

import re
from html import escape

from feedhub.model import Correction, Look, Story
from feedhub.render.provenance import RELATED, line
from feedhub.text import UNSPACED, excerpt, one_line

LEAD, LEAD_CJK = 400, 180  # characters of the text in topics that only show the lead
LINKED = 100  # copies that are linked one by one
CORRECTED = 3  # corrections that are told, the latest first

# Stored HTML went through nh3: attributes are in double quotes, and nothing is left open.
_PICTURE = re.compile(r'<figure\b.*?</figure>|<img(?:[^>"]|"[^"]*")*>', re.S)


def content(story: Story, look: Look, site: str, page: str) -> str:
    """The story's HTML with its provenance; `page` is feedhub's own about it."""
    parts = [
        _note(story),
        _withdrawal(story),
        _body(story, look),
        *_corrections(story),
        _copies(story, page),
        _related(story, site),
    ]
    return "\n".join(part for part in parts if part)


def _note(story: Story) -> str:
    word = "編集者より：" if story.language == "ja" else "Editor’s note: "
    return f"<p><strong>{word}</strong>{escape(one_line(story.note), quote=False)}</p>" if story.note else ""


def _withdrawal(story: Story) -> str:
    if not story.withdrawn_by:
        return ""
    outlets = ", ".join(map(one_line, story.withdrawn_by))
    if story.language == "ja":
        told = f"配信・掲載を取り消し：{outlets}"
        told += f"（以前ここに表示していた記事。現在の表示は{one_line(story.outlet)}の記事）" if story.stands else ""
    else:
        told = f"Withdrawn by {outlets}"
        told += f": what was shown here before. This is the copy of {one_line(story.outlet)}." if story.stands else ""
    return f"<p><strong>{escape(told, quote=False)}</strong></p>"


def _body(story: Story, look: Look) -> str:
    if look.text == "lead":
        limit = LEAD_CJK if story.language in UNSPACED else LEAD
        lead = escape(excerpt(one_line(story.text), limit), quote=False)
        return f"<p>{lead}</p>" if lead else ""
    body = story.html or "".join(f"<p>{escape(part, quote=False)}</p>" for part in story.text.split("\n") if part)
    body = body if look.images else _PICTURE.sub("", body)
    return f"<p>{body}</p>" if body and "<p" not in body else body


def _corrections(story: Story) -> list[str]:
    return [_small(_correction(correction, story)) for correction in story.corrections[:CORRECTED]]


def _correction(correction: Correction, story: Story) -> str:
    words = ("訂正", "Corrected") if story.is_corrected_by(correction) else ("数字を更新", "New figures")
    word = words[story.language != "ja"]
    changes = ", ".join(f"{escape(before)} → {escape(after)}" for before, after in correction.figures)
    return f"{word} ({escape(correction.outlet)}, {correction.at:%Y-%m-%d %H:%M} UTC): {changes}"


def _copies(story: Story, page: str) -> str:
    all_copies = "すべての掲載" if story.language == "ja" else "All copies"
    told = line(story, remarked=True, most=LINKED)
    return _small(f'{told} · <a href="{escape(page)}">{all_copies}</a>')


def _related(story: Story, site: str) -> str:
    found = [
        f'<a href="{escape(other.link or f"{site}/stories/{other.id}")}">'
        f"{escape(one_line(other.title))}</a> ({escape(other.outlet)})"
        for other in story.related[:RELATED]
    ]
    if not found:
        return ""
    return _small(f"関連：{'、'.join(found)}" if story.language == "ja" else f"Related: {'; '.join(found)}")


def _small(html: str) -> str:
    return f"<p><small>{html}</small></p>"
