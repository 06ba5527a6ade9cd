"""How deep HTML may nest.

Parsers of HTML take time by the square of the depth, and reopen elements that are closed in the wrong order in each
block that follows: 200 kB took minutes.
"""

from __future__ import annotations

import re

DEEPEST = 100  # elements within one another; pages of papers have 30, quoted mail 60
FEW = 400  # tags, below which no nesting costs anything

# As HTML reads them: a quote means something only behind the `=` of an attribute; a tag that never ends takes the rest.
_TAG = re.compile(
    r"""<(?:
    !--(?:-?>|.*?(?:--!?>|\Z)) | [!?][^>]*(?:>|\Z) | /[^a-zA-Z>][^>]*(?:>|\Z)        # comments, and what is read as one
    | (?P<end>/?)(?P<name>[a-zA-Z][^\t\n\f\r />]*)
      (?:[\t\n\f\r /]++ | [^\t\n\f\r />][^\t\n\f\r />=]*+
         (?:[\t\n\f\r ]*=[\t\n\f\r ]*(?:"[^"]*"|'[^']*'|[^\t\n\f\r >"'][^\t\n\f\r >]*)?)?
      )*+ (?:>|\Z)
    )""",
    re.S | re.X,
)
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}
_ENDED_WITH_ITS_PARENT = {"p", "li", "dt", "dd", "option", "optgroup", "rb", "rp", "rt", "rtc"}
_BLOCKS = (
    "address", "article", "aside", "blockquote", "center", "details", "dialog", "dir", "div", "dl", "fieldset",
    "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "main", "menu",
    "nav", "ol", "p", "pre", "search", "section", "summary", "table", "ul",
)  # fmt: skip
_ENDING = {name: {"p"} for name in _BLOCKS} | {  # element -> what ends where it begins
    "li": {"p", "li"},
    "dt": {"p", "dt", "dd"},
    "dd": {"p", "dt", "dd"},
    "td": {"p", "td", "th"},
    "th": {"p", "td", "th"},
    "tr": {"p", "td", "th", "tr"},
    "option": {"option"},
}


def limit_nesting(markup: str) -> str:
    """Make HTML with many tags harmless: no comments, tags closed in order, none nested deeper than DEEPEST.

    Text stays, and so does well-formed HTML.
    """
    return markup if markup.count("<") < FEW else _TAG.sub(_Nesting().tag, markup)


class _Nesting:
    """The elements that are open at a place of a text."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._left_out = 0  # elements deeper than that, still open

    def tag(self, found: re.Match[str]) -> str:
        """The replacement of a tag."""
        name = (found["name"] or "").lower()
        if not name:
            return ""
        if name in _VOID:
            return found[0]
        return self._ended(name, found[0]) if found["end"] else self._begun(name, found[0])

    def _begun(self, name: str, tag: str) -> str:
        while self._open and self._open[-1] in _ENDING.get(name, ()):
            self._open.pop()
        if len(self._open) >= DEEPEST:
            self._left_out += 1
            return ""
        self._open.append(name)
        return tag

    def _ended(self, name: str, tag: str) -> str:
        if self._left_out:
            self._left_out -= 1
            return ""
        if name not in self._open:
            return ""
        within = []
        while (last := self._open.pop()) != name:
            within.append(last)
        return "".join(f"</{one}>" for one in within if one not in _ENDED_WITH_ITS_PARENT) + tag
