"""Units of measure, currencies and zones of time: who converts puts another figure in its place, and means the same.

What it should be is not worked out. Pure.
"""

from __future__ import annotations

from array import array

from feedhub.dedup.fingerprint import numbered

# Imperial / metric, one kind of measure in a line: five million pounds and £5m measure nothing.
_MEASURES = """
mile miles mph foot feet ft inch inches yard yards acre acres / \
kilometer kilometers kilometre kilometres km kph kmh meter meters metre metres m centimeter centimeters centimetre \
centimetres cm millimeter millimeters millimetre millimetres mm hectare hectares
pound pounds lb lbs / kilogram kilograms kilo kilos kg ton tons tonne tonnes
gallon gallons / liter liters litre litres
fahrenheit f / celsius c
"""
DOLLAR = "$"
# Each a currency of its own; a sign is the word that it stands for. But won, a verb.
_CURRENCIES = """
$ dollar dollars usd
£ pound pounds gbp sterling
€ euro euros eur
¥ yen jpy
yuan renminbi rmb
krw
₹ rupee rupees rs inr
"""
_CLOCKS = "gmt utc bst cet cest msk jst kst aest edt cst cdt pst pdt"  # but est and et, French words, ist, a German one
UNITS = frozenset(_MEASURES.split()) - {"/"}
_KINDS = tuple(
    tuple(frozenset(numbered(words.split())) for words in kind.split("/")) for kind in _MEASURES.strip().splitlines()
)
_ZONES = frozenset(numbered(_CLOCKS.split()))
_MONEY = tuple(frozenset(numbered(words.split())) for words in _CURRENCIES.strip().splitlines())
_ANY = frozenset().union(_ZONES, *_MONEY, *(words for kind in _KINDS for words in kind))


def converted(here: array[int], there: array[int]) -> bool:
    """Whether what stands in one place of two texts is measured in miles in the one, in kilometres in the other; or in
    other money, or by the clocks of a zone in one alone.
    """
    if _ANY.isdisjoint(here) and _ANY.isdisjoint(there):  # as of most places
        return False
    zones = _ZONES.intersection(here) ^ _ZONES.intersection(there)
    return (
        bool(zones)
        or other_money(here, there)
        or any(
            not (imperial.isdisjoint(one) or metric.isdisjoint(other))
            for imperial, metric in _KINDS
            for one, other in ((here, there), (there, here))
        )
    )


def other_money(here: array[int], there: array[int]) -> bool:
    """Whether both have currencies, and none in common."""
    mine, yours = ({at for at, words in enumerate(_MONEY) if not words.isdisjoint(one)} for one in (here, there))
    return bool(mine and yours) and mine.isdisjoint(yours)
