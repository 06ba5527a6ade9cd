"""Units of measure, and zones of time: who converts puts another figure in its place, and means the same. Pure."""

from __future__ import annotations

from array import array

from feedhub.dedup.fingerprint import numbered

# Imperial / metric, one kind of measure in a line: five million pounds and £5m measure nothing.
_MEASURES = """
mile miles mph foot feet ft inch inches yard yards acre acres / \
kilometer kilometers kilometre kilometres km kph kmh meter meters metre metres m centimeter centimeters centimetre \
centimetres cm hectare hectares
pound pounds lb lbs / kilogram kilograms kilo kilos kg ton tons tonne tonnes
gallon gallons / liter liters litre litres
fahrenheit f / celsius c
"""
_CLOCKS = "gmt utc bst cet cest msk ist jst kst aest est edt et cst cdt pst pdt pt"
UNITS = frozenset(_MEASURES.split()) - {"/"}
_KINDS = tuple(
    tuple(frozenset(numbered(words.split())) for words in kind.split("/")) for kind in _MEASURES.strip().splitlines()
)
_ZONES = frozenset(numbered(_CLOCKS.split()))


def converted(here: array[int], there: array[int]) -> bool:
    """Whether what stands in one place of two texts is measured in miles in the one, in kilometres in the other; or by
    the clocks of Greenwich in one alone.
    """
    return bool(_ZONES.intersection(here) ^ _ZONES.intersection(there)) or any(
        not (imperial.isdisjoint(one) or metric.isdisjoint(other))
        for imperial, metric in _KINDS
        for one, other in ((here, there), (there, here))
    )
