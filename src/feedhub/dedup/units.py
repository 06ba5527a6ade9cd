"""Units of measure: who converts one puts another figure in its place, and it is the same measure. Pure."""

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
UNITS = frozenset(_MEASURES.split()) - {"/"}
_KINDS = tuple(
    tuple(frozenset(numbered(words.split())) for words in kind.split("/")) for kind in _MEASURES.strip().splitlines()
)


def converted(here: array[int], there: array[int]) -> bool:
    """Whether what stands in one place of two texts is measured in miles in the one, in kilometres in the other."""
    return any(
        not (imperial.isdisjoint(one) or metric.isdisjoint(other))
        for imperial, metric in _KINDS
        for one, other in ((here, there), (there, here))
    )
