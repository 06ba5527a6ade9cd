"""One figure in two currencies: A$5 million and US$5 million are two amounts, as are 5 million euros and pounds.

Pure.
"""

from __future__ import annotations

import re

from feedhub.dedup.alignment import Text
from feedhub.dedup.fingerprint import numbered
from feedhub.dedup.units import DOLLAR, other_money


def other_amounts(one: Text, other: Text, here: slice, there: slice) -> bool:
    """Whether currencies stand here that the other text has nowhere, or other dollars.

    Where figures stand here as well, it may be converted. A dollar sign alone may be any country's.
    """
    told, said = _dollars(one, here), _dollars(other, there)
    if told and said:
        one_country = told.startswith(said[:-1]) or said.startswith(told[:-1])  # A$, AU$
        return not one_country
    mine = [word for word in one.words[here] if word not in other.words]
    yours = [word for word in other.words[there] if word not in one.words] if mine else []
    return not any(word[0].isdecimal() for word in (*mine, *yours)) and other_money(numbered(mine), numbered(yours))


def _dollars(text: Text, place: slice) -> str:
    """Whose dollars follow there, with their sign: A$, HK$."""
    marked = f"{''.join(text.words[place.stop - 1 : place.stop]).upper()}{DOLLAR}"
    return marked if DOLLAR in text.words[place.stop : place.stop + 1] and _is_marked(marked, text) else ""


def _is_marked(dollars: str, text: Text) -> bool:
    """Whether a text has these dollars: US$ are no S$."""
    return re.search(rf"\b{re.escape(dollars)}", text.lead) is not None
