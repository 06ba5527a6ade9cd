"""From an item to what the merge works on."""

from __future__ import annotations

from dataclasses import replace

from feedhub.dedup.about import terms
from feedhub.dedup.agencies import named
from feedhub.dedup.case import Prepared
from feedhub.dedup.credit import read, strip_title
from feedhub.dedup.fingerprint import features, fingerprints
from feedhub.dedup.lineage import step
from feedhub.dedup.subject import Subject
from feedhub.model import Credit, Item


def prepare(item: Item, own_agency: str | None = None) -> Prepared:
    """Read the item's credit and number its text.

    The text's own credit is trusted first, then the author field, then `own_agency`: the agency whose
    outlet the source is.
    """
    reading = read(item.title, item.text)
    credit = _completed(reading.credit, item.author, own_agency)
    numbered = features(reading, item.language)
    prints = fingerprints(numbered)
    return Prepared(
        item=item if credit == item.credit else replace(item, credit=credit),
        subject=Subject(numbered),
        keys=(numbered.title_key, *prints) if numbered.title else prints,
        step=step(item.title, item.text),
    )


def with_terms(prepared: Prepared) -> Prepared:
    """Work out, where there is time, what related stories are looked for by: the merge itself does not need it."""
    item, lead = prepared.item, prepared.subject.features.lead
    return replace(prepared, terms=terms(strip_title(item.title), lead, item.language))


def _completed(credit: Credit, author: str | None, own_agency: str | None) -> Credit:
    if credit.agency is None and author and (agency := named(author)):
        return replace(credit, agency=agency, evidence=(f"author: {author[:60]}", *credit.evidence))
    if credit.agency is None and own_agency:
        return replace(credit, agency=own_agency, evidence=("feed: the agency's own", *credit.evidence))
    return credit
