"""Remarks on what has no effect in a configuration, or names nobody. Pure.

These are no mistakes: it may be meant for later, or have been in use. So the daemon accepts it, and `feedhub check`
tells.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from itertools import chain
from typing import Any

import tomli

from feedhub import urls
from feedhub.config.lines import Lines
from feedhub.dedup.agencies import ids
from feedhub.model import Problem, Settings, Source, Topic
from feedhub.sites import site_of
from feedhub.text import fold
from feedhub.topics.parse import parse
from feedhub.topics.tree import Name, Named, Words, walk

_Remark = tuple[tuple[str, ...], str]  # the key that it is about, and the remark

_BOTH = ("en", "ja")  # the languages that texts of any source may turn out to have
OWN = {  # what the paths of pages and feeds begin with
    "topics", "stories", "search", "sources", "outlets", "agencies", "feeds", "opml", "review", "login", "logout",
    "rule", "websub", "static", "healthz", "readyz", "metrics",
}  # fmt: skip
_OR = Words(field="", wanted="or", prefix=False)
_OF_THE_WEB = ("headers", "cookies", "auth", "proxy", "allow_private")


def remarks(text: str, settings: Settings) -> list[Problem]:
    """The remarks on a file in its order; `settings` are what it says."""
    raw, lines = tomli.loads(text), Lines(text)
    sources, topics = raw.get("sources", {}), raw.get("topics", {})
    known = _known(settings)
    found = chain(
        _on_places(raw, settings),
        *(_on_source(source, sources[source.id]) for source in settings.sources if source.id in sources),
        *(_on_topic(topic, topics[topic.id], known) for topic in settings.topics),
    )
    told = [Problem(file=str(settings.file), line=lines.of(at), path=".".join(at), message=said) for at, said in found]
    return sorted(told, key=lambda remark: remark.line)


def _on_places(raw: Mapping[str, Any], settings: Settings) -> Iterator[_Remark]:
    """Where readers and hubs are to find feedhub."""
    if (path := urls.path(settings.public_url)) and path.split("/")[1] in OWN:
        yield (
            ("daemon", "public_url"),
            f"has a path like one of feedhub's own: the proxy in front has to pass {path} on, not to take it off",
        )
    if not site_of(settings.public_url).private:
        return
    if settings.host in urls.EVERY or not site_of(f"http://{settings.host}").private:
        yield ("daemon", "public_url"), f"is {settings.public_url}: links in feeds lead readers elsewhere to nothing"
    if settings.subscribe:
        yield ("websub", "subscribe"), f"has no effect on hubs of the internet: they cannot reach {settings.public_url}"
    if (hub := raw.get("websub", {}).get("hub")) and not site_of(hub).private:
        yield ("websub", "hub"), f"has no effect: it cannot reach {settings.public_url}"


def _on_source(source: Source, written: Mapping[str, Any]) -> Iterator[_Remark]:
    if source.url.startswith("file:"):
        yield from ((("sources", source.id, key), "has no effect on a file") for key in _OF_THE_WEB if key in written)
        return
    if source.access.auth and urls.redacted(source.url) != source.url:
        yield ("sources", source.id, "auth"), "has no effect: user and password of the address go before it"
    if source.access.proxy and source.allow_private:
        yield ("sources", source.id, "allow_private"), "has no effect: what may be reached is up to the proxy"


def _on_topic(topic: Topic, written: Mapping[str, Any], known: Mapping[Name, Collection[str]]) -> Iterator[_Remark]:
    if "half_life" in written and topic.order != "hot":
        yield ("topics", topic.id, "half_life"), f'has no effect with order = "{topic.order}", only with "hot"'
    if "hub" in written and topic.private:
        yield ("topics", topic.id, "hub"), "has no effect: a private topic has none, as it would hand its stories on"
    if (outlets := known.get("outlet")) is not None and topic.min_copies > max(1, len(outlets)):
        yield ("topics", topic.id, "min_copies"), f"is more than the outlets that there are: {len(outlets)}"
    for name in topic.prefer_outlets:
        yield from _if_unknown(("topics", topic.id, "prefer_outlets"), "source", name, known)
    for language in topic.prefer_languages:
        yield from _if_unknown(("topics", topic.id, "prefer_languages"), "lang", language, known)
    for term in walk(parse(topic.match)):
        if isinstance(term, Named):
            yield from _if_unknown(("topics", topic.id, "match"), term.field, term.wanted, known, prefix=term.prefix)
        elif term == _OR:
            yield ("topics", topic.id, "match"), "or is looked for as a word; in capitals, OR, it means either"


def _known(settings: Settings) -> dict[Name, Collection[str]]:
    """All names of each kind, folded; without kinds whose names are not all known, as lists may bring any outlet."""
    agencies = ids(source.agency for source in settings.sources)
    known: dict[Name, Collection[str]] = {"agency": set(map(fold, agencies))}
    if settings.lists:
        return known
    known["outlet"] = {fold(source.outlet) for source in settings.sources}
    known["source"] = {*known["outlet"], *(source.id for source in settings.sources)}
    if all(source.language for source in settings.sources):
        known["lang"] = {*_BOTH, *(source.language for source in settings.sources if source.language)}
    return known


def _if_unknown(
    at: tuple[str, ...], field: Name, name: str, known: Mapping[Name, Collection[str]], *, prefix: bool = False
) -> Iterator[_Remark]:
    names, wanted = known.get(field), fold(name)
    if names is None or wanted in names or (prefix and any(name.startswith(wanted) for name in names)):
        return
    what = {"source": "source or outlet", "lang": "source in the language"}.get(field, field)
    near = get_close_matches(wanted, names, 1)
    yield at, f"there is no {what} {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")
