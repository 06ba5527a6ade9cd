"""The writing side of the store. One `Store` writes a database, and one thread at a time uses it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from feedhub import websub
from feedhub.dedup.case import Prepared
from feedhub.dedup.rules import RULES, Rules
from feedhub.model import NamedFeed, Outline, PollReport, Settings, Validators
from feedhub.store import adoption, retention
from feedhub.store.database import Place, WriteLock, faults_named, open_writer, transaction
from feedhub.store.merging import electing, stories
from feedhub.store.merging.lately import Lately
from feedhub.store.merging.neighbours import Neighbours
from feedhub.store.patience import Enough, never
from feedhub.store.polling import incidents, lists, outlines, schedule, sources
from feedhub.store.polling.lists import ListCheck
from feedhub.store.polling.outcome import Claim, Outcome
from feedhub.store.polling.pacing import Pacing
from feedhub.store.polling.subscriptions import Subscriptions
from feedhub.store.publishing import entries, filling, members, pings, published, unasked, words
from feedhub.store.publishing.selection import Selection
from feedhub.store.replay import Difference
from feedhub.store.retention import Pruned
from feedhub.store.rulings import dispatch
from feedhub.store.rulings.clerk import Clerk
from feedhub.store.settle import Means, rounds, settle


class Store:
    """The writing side. Every verb is one transaction."""

    def __init__(self, database: Path, who: str, rules: Rules = RULES):
        """Take the write lock (raises DatabaseBusy), open and migrate the database (raises StoreError)."""
        self._lock = WriteLock(database)
        self._lock.take(who)
        try:
            self._conn = open_writer(database)
            self._place = Place(database)
            with faults_named(database):
                schedule.free_leases(self._conn)
                self._lately = Lately(self._conn, rules)
        except BaseException:
            self._lock.release()
            raise
        self._neighbours = Neighbours(self._conn, self._lately)
        self._selection = Selection((), ())
        self._retention = timedelta(days=30)
        self._pacing = Pacing(self._conn)
        self.subscriptions = Subscriptions(self._conn)

    def close(self) -> None:
        """Close the database and release the write lock; a full disk hinders neither."""
        self._conn.close()
        self._lock.release()

    def checkpoint(self) -> None:
        """Move the write-ahead log into the database, except for pages that a reader still needs; raises StorageFault.

        On the writing connection, which nobody else uses: up to SQLite 3.51.2 a checkpoint on one connection may lose
        what another one commits meanwhile (sqlite.org/wal.html, "The WAL-Reset Bug").
        """
        with faults_named():
            self._conn.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def configure(self, settings: Settings, now: datetime, enough: Enough = never) -> None:
        """Take over a configuration: its sources, topics and retention.

        New topics, and those with an edited query, are filled until `enough` says so; `fill` does the rest.
        """
        selection = Selection(settings.topics, settings.sources)
        with transaction(self._conn):
            if back := schedule.ahead(self._conn, now):
                schedule.set_back(self._conn, back)
            lists.sync(self._conn, settings.lists, now)
            told = sources.sync(self._conn, settings.sources, now, self._selection.sources)
            electing.recount(self._conn, told.renamed)
            incidents.sync(self._conn, now)
            filling.sync(self._conn, selection, told.seen, now)
            filling.fill(self._conn, selection, now, enough)
            base = websub.callbacks(settings.public_url, settings.subscribe)
            self.subscriptions.configure(settings.sources, base, now)
        self._selection, self._retention = selection, settings.retention
        self._pacing.configure(settings.budget, now)

    def claim(
        self,
        now: datetime,
        most: int,
        lease: timedelta,
        per_host: int,
        only: Collection[str] | None = None,
        gap: timedelta = timedelta(0),
    ) -> list[Claim]:
        """Lease due sources to poll, `per_host` of one site at a time; `only`: these, whether due or not."""
        self._place.hold()
        with transaction(self._conn):
            return schedule.claim(self._conn, now, most, lease, per_host, only, gap)

    def lists_due(self, now: datetime) -> dict[str, Validators]:
        """The lists of sources to be fetched now, with the validators of their last copy."""
        return lists.due(self._conn, now)

    def lists(self) -> dict[str, tuple[NamedFeed, ...]]:
        """The sources that each list named when it was last read."""
        return lists.copies(self._conn)

    def note_list(self, look: ListCheck) -> bool:
        """Store the result of fetching a list; returns whether it names other sources than before."""
        with transaction(self._conn):
            return lists.note(self._conn, look)

    def tell_of_configuration(self, mistakes: str | None, now: datetime) -> None:
        """Open an incident: the edited configuration has these mistakes and is not in force. None closes it."""
        with transaction(self._conn):
            incidents.configuration(self._conn, mistakes, now)

    def catch_up(self, now: datetime) -> int:
        """After a stop: spread overdue polls at the rate of the budget; returns how many sources wait."""
        with transaction(self._conn):
            return schedule.catch_up(self._conn, now, self._pacing.budget())

    def set_back(self, by: timedelta) -> None:
        """Move the schedule back, as the clock was set back by this much."""
        with transaction(self._conn):
            schedule.set_back(self._conn, by)

    def held(self, now: datetime) -> timedelta | None:
        """How long until the first due source may be polled that waits only for the gap between polls of its site."""
        return schedule.held(self._conn, now)

    def known(self, source_id: str) -> Outline:
        """The stored outline of a source's last document."""
        with faults_named():
            return outlines.load(self._conn, source_id)

    def release(self, claims: Iterable[Claim], until: datetime | None = None) -> None:
        """Give back claims whose polls were not made or not stored; their sources are due at once, or at `until`."""
        with transaction(self._conn):
            schedule.release(self._conn, claims, until)

    def commit_polls(self, outcomes: Sequence[Outcome], enough: Enough = never) -> list[PollReport]:
        """Store the outcomes of several polls in one transaction; an error undoes all of them.

        A poll whose lease was lost is reported as such and leaves no trace. When `enough` says so after an outcome, the
        rest is left to the caller: the reports are those of the outcomes stored.
        """
        reports: list[PollReport] = []
        with self._transaction(self._lately.forget, self._neighbours.forget):
            self._lately.foresee(item for outcome in outcomes for item in outcome.items if isinstance(item, Prepared))
            means = Means(self._conn, self._lately, self._selection, self._retention, self._pacing, self.subscriptions)
            for part in rounds(outcomes):
                told = settle(means, part, enough)
                reports += told
                if len(told) < len(part) or enough():
                    break
        return reports

    @contextmanager
    def _transaction(self, *doubtful: Callable[[], None]) -> Iterator[None]:
        """A transaction; if it fails, `doubtful` make caches forget what it may have put there."""
        self._place.hold()
        try:
            with transaction(self._conn):
                yield
        except BaseException:
            for forget in doubtful:
                forget()
            raise

    def pings_due(self, topics: Collection[str], now: datetime) -> dict[str, int]:
        """The topics, of these, whose hub has to be notified of a change, each with its version."""
        return pings.due(self._conn, topics, now)

    def pinged(self, versions: Mapping[str, int], now: datetime) -> None:
        """Note that the hub was notified of these versions of its topics."""
        with transaction(self._conn):
            for topic, version in versions.items():
                pings.told(self._conn, topic, version, now)

    def ping_failed(self, topics: Collection[str], now: datetime) -> timedelta:
        """Note that the hub could not be notified; returns the longest wait until it is tried again."""
        with transaction(self._conn):
            return max(pings.failed(self._conn, topic, now) for topic in topics)

    def index_words(self, most: int = 200) -> int:
        """Index items that the search index lacks, the oldest first; returns how many were indexed."""
        with transaction(self._conn):
            return words.catch_up(self._conn, most)

    def fill(self, now: datetime, enough: Enough = never) -> tuple[bool, frozenset[str]]:
        """Go on filling topics from stored stories, the newest first, until `enough` says so.

        Returns whether there is more to do, and the topics whose feeds have changed.
        """
        with transaction(self._conn):
            topics = filling.fill(self._conn, self._selection, now, enough)
            return unasked.left(self._conn), topics

    def archive(self, most: int = published.AT_ONCE) -> frozenset[str]:
        """Close up to `most` full pages of topics' histories; returns the topics whose feeds link to a new page."""
        closed = set()
        for _ in range(most):
            with transaction(self._conn):
                topic = published.close_page(self._conn)
            if topic is None:
                break
            closed.add(topic)
        return frozenset(closed)

    def relate(self, now: datetime, most: int = 50) -> tuple[bool, frozenset[str]]:
        """Link stories of one event; returns whether more wait, and the topics whose feeds show new links."""
        with self._transaction(self._neighbours.forget):
            topics = members.update_related(self._conn, self._selection, self._neighbours.relate(most, now), now)
            return self._neighbours.waiting, topics

    def rule(self, verb: str, names: Sequence[str], who: str, now: datetime) -> tuple[int, frozenset[str]]:
        """Carry out an editor's ruling, see `dispatch`; returns its number and the topics whose feeds it changed.

        Raises RulingError or NotFound.
        """
        with self._transaction(self._lately.doubt):
            clerk = Clerk(self._conn, self._lately, who, now)
            ruled = dispatch.carry_out(clerk, verb, names, self._selection.ids)
            left = stories.living(self._conn, ruled.stories)
            touched = members.touch(self._conn, self._selection, left, now, apart=ruled.apart)
            entries.bump(self._conn, ruled.topics, now)
        return ruled.number, touched | ruled.topics

    def adopt(self, found: Difference, now: datetime) -> frozenset[str]:
        """Make the stored stories those of a replay; returns the topics whose feeds it changed."""
        with self._transaction(self._lately.forget, self._neighbours.forget):
            changed, lost = adoption.adopt(self._conn, self._lately, found.stories, now)
            topics = members.touch(self._conn, self._selection, stories.living(self._conn, changed), now)
            entries.bump(self._conn, lost, now)
        self._neighbours.forget()
        return topics | lost

    def prune(self, now: datetime) -> Pruned:
        """Delete all items that left their feed a retention ago, at once; `prune_some` lets others write in between."""
        pruned, more = Pruned(), True
        while more:
            part, more = self.prune_some(now)
            pruned = pruned.with_part(part)
        return pruned.with_part(Pruned(topics=self.tidy(now)))

    def prune_some(self, now: datetime) -> tuple[Pruned, bool]:
        """Delete one batch, items first; returns what was deleted, and whether there may be more."""
        with self._transaction(self._lately.doubt):
            part = retention.prune(self._conn, self._lately, now, self._retention)
            more = bool(part.items or retention.fade(self._conn, now, self._retention))
            if not more:
                part = Pruned(topics=members.expire(self._conn, self._selection, now))
        if part.items:
            self._lately.pruned()
            self._neighbours.pruned()
        return part, more or bool(part.topics)

    def tidy(self, now: datetime, enough: Enough = never) -> frozenset[str]:
        """Clear up after pruning; returns the topics whose feeds have changed.

        Topics with ages in their queries are asked about the stories that have reached one, until `enough` says so;
        `fill` does the rest.
        """
        with transaction(self._conn):
            retention.tidy(self._conn, now, self._retention)
            filling.come_of_age(self._conn, self._selection, now)
            return filling.fill(self._conn, self._selection, now, enough)
