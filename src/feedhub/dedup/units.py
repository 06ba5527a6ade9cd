"""Units of measure: who converts one puts another figure in its place, and it is the same measure. Pure."""

from __future__ import annotations

from array import array

from feedhub.dedup.fingerprint import numbered

_IMPERIAL = frozenset(
    numbered(
        "mile miles mph foot feet ft inch inches yard yards acre acres pound pounds lb lbs gallon gallons "  # noqa: SIM905
        "fahrenheit f".split()
    )
)
_METRIC = frozenset(
    numbered(
        "kilometer kilometers kilometre kilometres km kph kmh meter meters metre metres m centimeter "  # noqa: SIM905
        "centimeters centimetre centimetres cm hectare hectares kilogram kilograms kilo kilos kg ton tons tonne tonnes "
        "liter liters litre litres celsius c".split()
    )
)


def converted(here: array[int], there: array[int]) -> bool:
    """Whether what stands in one place of two texts is measured in miles in the one, in kilometres in the other."""
    return any(
        not (_IMPERIAL.isdisjoint(one) or _METRIC.isdisjoint(other)) for one, other in ((here, there), (there, here))
    )
