"""Compare polling policies at the same number of polls: `python bench/cadence.py [--quick]`.

Sources are made from a fixed seed: rates heavy-tailed from 0.1 to 300 items a day, by day and night in three parts of
the world, with or without weekends, bursts, batches, rates that change up to tenfold, sources that die and come back,
and one in ten without dates. Each starts with a first document of its last 20 items. Every policy has one scale, which
is tuned until all sources together take the budget; intervals are from a minute to a day for all. The delay of an item
is the time from its publication to the poll that finds it; every item counts, those of the first days too.

The policies: a fixed interval; miniflux's entry_frequency (a week over the items of the last week); an interval
proportional to 1/rate (decayed count); AIMD (halve after news, else add); three oracles that poll by the square root of
what nobody can know beforehand: each source's mean rate over all the days, the same with every change to come, and
times its true profile over the week, which bounds what can be learnt but for bursts; and feedhub.cadence as shipped.

Prints the delays and what is asked of feedhub; exits with 1 if any of that falls short.
"""

from __future__ import annotations

import argparse
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import cos, exp2, inf, log, pi, sqrt
from random import Random

from feedhub import cadence
from feedhub.learning import first_impression, observe
from feedhub.rhythm import Rhythm

START = datetime(2026, 11, 2, tzinfo=UTC)  # a Monday
DAY, HOUR = 86400.0, 3600.0
LEAST, MOST = 60.0, DAY  # seconds between two polls of one source
SHORTEST, LONGEST = timedelta(seconds=LEAST), timedelta(seconds=MOST)
LISTED = 20  # items of a first document
TOLERANCE = 0.005  # of the budget
BUDGETS = (24.0, 96.0)  # polls per source and day

# A policy takes a source and a scale. What it returns is told, at each poll, the time and the new items' times, and
# answers with the seconds till the next poll.
Poller = Callable[[float, list[float]], float]
Policy = Callable[["Feed", float], Poller]

# --- the sources ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Habit:
    """When in its week a source publishes, and how its items come together."""

    zone: float  # hours east of UTC
    night: float  # rate at the quietest hour, the busiest being 1
    weekend: float  # rate on Saturday and Sunday, working days being 1
    burst: float  # share of items that follow another within minutes
    batch: bool  # whether several are put up in the same second

    def weight(self, at: float) -> float:
        """The rate at a time over the greatest one."""
        hours = at / HOUR + self.zone
        wave = 0.5 - 0.5 * cos(2 * pi * (hours - 3) / 24)  # least at 3 in the morning, most at 15
        day = self.night + (1 - self.night) * min(1.0, 1.6 * wave)
        return day * (self.weekend if int(hours // 24) % 7 >= 5 else 1.0)

    def mean(self) -> float:
        """The mean weight over a week."""
        return sum(self.weight(hour * HOUR) for hour in range(168)) / 168


@dataclass(frozen=True)
class Feed:
    """A simulated source; times are seconds from the start, the past negative."""

    name: str
    rates: tuple[tuple[float, float], ...]  # (from when, items a day), in order
    items: tuple[float, ...]  # when each was published, in order
    dated: bool
    habit: Habit
    days: int

    @property
    def mean(self) -> float:
        """Items a day over all the days of the simulation."""
        return (len(self.items) - bisect_right(self.items, 0.0)) / self.days

    def rate(self, at: float) -> tuple[float, float]:
        """The true mean rate (items a day) at a time, and until when it holds."""
        index = bisect_right(self.rates, (at, float("inf")))
        until = self.rates[index][0] if index < len(self.rates) else float("inf")
        return self.rates[index - 1][1], until


def feeds(count: int, days: int, seed: int) -> list[Feed]:
    """Make the sources."""
    return [feed(number, days, Random(f"{seed} {number}")) for number in range(count)]


def feed(number: int, days: int, random: Random) -> Feed:
    """One source and all that it publishes, from a week before the start."""
    rate = min(max(random.lognormvariate(log(2), 2.0), 0.1), 300.0)
    habit = Habit(
        zone=random.choice((-6.0, 0.0, 1.0, 9.0)),
        night=random.choice((0.02, 0.05, 0.1, 0.3, 0.7)),
        weekend=random.choice((0.2, 0.5, 0.8, 1.0)),
        burst=random.choice((0.0, 0.0, 0.2, 0.5)),
        batch=random.random() < 0.15,
    )
    rates = tuple(_regimes(rate, days, random))
    items = tuple(_published(rates, habit, days, random))
    return Feed(name=f"source-{number}", rates=rates, items=items, dated=random.random() < 0.9, habit=habit, days=days)


def _regimes(rate: float, days: int, random: Random) -> Iterator[tuple[float, float]]:
    """Half of the sources keep their rate; others change it once, or die, and mostly come back."""
    yield -7 * DAY, rate
    fate = random.random()
    when = random.uniform(0.15, 0.6) * days * DAY
    if 0.5 <= fate < 0.8:
        yield when, min(max(rate * 10 ** random.uniform(-1, 1), 0.1), 300.0)
    elif fate >= 0.8:
        yield when, 0.0
        if fate >= 0.87:
            yield when + random.uniform(0.1, 0.35) * days * DAY, rate


def _published(rates: tuple[tuple[float, float], ...], habit: Habit, days: int, random: Random) -> Iterator[float]:
    """A Poisson process with the habit's shape; what is not in bursts leads to what is."""
    end = days * DAY
    found: list[float] = []
    for (start, rate), (until, _) in zip(rates, (*rates[1:], (end, 0.0)), strict=True):
        if not rate:
            continue
        peak = rate * (1 - habit.burst) / habit.mean() / DAY
        at = start + random.expovariate(peak)
        while at < until:
            if random.random() < habit.weight(at):
                found.append(at)
                follower = at
                while random.random() < habit.burst:
                    follower += 0.0 if habit.batch else random.expovariate(1 / (12 * 60))
                    found.append(follower)
            at += random.expovariate(peak)
    yield from sorted(at for at in found if at < end)


# --- the policies --------------------------------------------------------------------------------------


def fixed(feed: Feed, scale: float) -> Poller:
    """All alike."""
    return lambda now, new: scale * HOUR


def miniflux(feed: Feed, scale: float) -> Poller:
    """A week divided by the items of the last week, as far as a document ever listed them."""
    listed = max(0, bisect_right(feed.items, 0.0) - LISTED)

    def following(now: float, new: list[float]) -> float:
        count = bisect_right(feed.items, now) - max(listed, bisect_left(feed.items, now - 7 * DAY))
        return scale * 7 * DAY / count if count else MOST

    return following


def proportional(feed: Feed, scale: float) -> Poller:
    """As often as items come, by a count that loses half its weight in 14 days."""
    items, days, last = 0.06, 0.24, 0.0

    def following(now: float, new: list[float]) -> float:
        nonlocal items, days, last
        passed = 7.0 if now == 0 else (now - last) / DAY
        fade = exp2(-passed / 14)
        items, days, last = items * fade + len(new), days * fade + passed, now
        return scale * DAY * days / items if items > 1e-6 else MOST

    return following


def aimd(feed: Feed, scale: float) -> Poller:
    """Half the interval after news, a step more after none."""
    interval = HOUR

    def following(now: float, new: list[float]) -> float:
        nonlocal interval
        interval = interval / 2 if new else interval + scale * HOUR
        interval = min(max(interval, LEAST), MOST)
        return interval

    return following


def oracle(feed: Feed, scale: float) -> Poller:
    """The square root of the true mean rate of all the days."""
    return lambda now, new: scale * DAY / sqrt(feed.mean) if feed.mean else MOST


def prophet(feed: Feed, scale: float) -> Poller:
    """The square root of the true mean rate of each day, changes to come included."""

    def following(now: float, new: list[float]) -> float:
        at, left = now, scale * DAY
        while True:
            rate, until = feed.rate(at)
            density = sqrt(max(rate, 1e-6))
            if left <= density * (until - at):
                return at + left / density - now
            left -= density * (until - at)
            at = until

    return following


def all_knowing(feed: Feed, scale: float) -> Poller:
    """The square root of the true momentary rate, but for bursts."""
    mean = feed.habit.mean()

    def following(now: float, new: list[float]) -> float:
        at, left = now, scale * DAY
        while at < now + MOST:
            rate, until = feed.rate(at)
            until = min(until, (at // 900 + 1) * 900)
            density = sqrt(max(rate * feed.habit.weight(at) / mean, 1e-6))
            if left <= density * (until - at):
                return at + left / density - now
            left -= density * (until - at)
            at = until
        return MOST

    return following


def feedhub(feed: Feed, scale: float) -> Poller:
    """The code that is shipped; its scale is the common pace."""
    rhythm = Rhythm()
    pace = timedelta(days=scale)

    def following(now: float, new: list[float]) -> float:
        nonlocal rhythm
        moment = START + timedelta(seconds=now)
        dates = [START + timedelta(seconds=at) if feed.dated else None for at in new]
        rhythm = observe(rhythm, dates, moment) if rhythm.at else first_impression(dates, moment)
        upcoming = cadence.next_poll(rhythm, pace=pace, least=SHORTEST, most=LONGEST, now=moment, key=feed.name)
        return (upcoming.at - moment).total_seconds()

    return following


POLICIES: dict[str, tuple[Policy, float]] = {  # with the scale to start from at 24 polls per source and day
    "fixed": (fixed, 1.0),
    "miniflux entry_frequency": (miniflux, 1.0),
    "proportional": (proportional, 1.0),
    "AIMD": (aimd, 0.2),
    "oracle, sqrt of mean rate": (oracle, 0.15),
    "oracle, its changes included": (prophet, 0.15),
    "oracle, sqrt of momentary rate": (all_knowing, 0.15),
    "feedhub": (feedhub, 0.15),
}

# --- measuring -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Score:
    """What a policy took and gave."""

    scale: float
    polls: float  # per source and day
    delays: list[float]  # minutes, in order

    @property
    def mean(self) -> float:
        """Minutes."""
        return sum(self.delays) / len(self.delays)

    def percentile(self, share: float) -> float:
        """Minutes."""
        return self.delays[min(int(share * len(self.delays)), len(self.delays) - 1)]


def simulate(feed: Feed, poller: Poller, days: int) -> tuple[int, list[float]]:
    """Poll one source from its first document till all of it is found: polls and delays in minutes."""
    items, end = feed.items, days * DAY
    seen = bisect_right(items, 0.0)
    now = 0.0
    new = list(items[max(0, seen - LISTED) : seen])
    polls, delays = 0, []
    while now < end:
        polls += 1
        now += min(max(poller(now, new), LEAST), MOST)
        until = bisect_right(items, now, seen)
        new = list(items[seen:until])
        delays += [(now - at) / 60 for at in new]
        seen = until
    return polls, delays


def run(policy: Policy, scale: float, sources: list[Feed], days: int) -> Score:
    """One policy with one scale over all sources."""
    polls, delays = 0, []
    for source in sources:
        took, waited = simulate(source, policy(source, scale), days)
        polls += took
        delays += waited
    return Score(scale=scale, polls=polls / len(sources) / days, delays=sorted(delays))


def tuned(policy: Policy, guess: float, budget: float, sources: list[Feed], days: int) -> Score:
    """Find the scale that takes the budget, by bisection; the first steps assume that polls go as 1/scale."""
    low, high, scale = 0.0, inf, guess
    while True:
        score = run(policy, scale, sources, days)
        if abs(score.polls / budget - 1) <= TOLERANCE or high / max(low, 1e-9) < 1.0001:
            return score
        low, high = (scale, high) if score.polls > budget else (low, scale)
        scale *= (score.polls / budget) ** 1.1
        if not low < scale < high:
            scale = sqrt(low * high)


# --- does it adapt, does it keep a budget --------------------------------------------------------------


def adapted(before: float, after: float, seed: int) -> float:
    """What feedhub takes the rate for, over the true one, a day after it changed (two weeks in, even hours)."""
    random = Random(f"{seed} {before} {after}")
    habit = Habit(zone=0.0, night=1.0, weekend=1.0, burst=0.0, batch=False)
    rates = ((-7 * DAY, before), (14 * DAY, after))
    items = tuple(_published(rates, habit, 15, random))
    source = Feed(name="changed", rates=rates, items=items, dated=True, habit=habit, days=15)
    told = [START + timedelta(seconds=at) for at in source.items]
    seen, now = bisect_right(items, 0.0), 0.0
    rhythm = first_impression(told[max(0, seen - LISTED) : seen], START)
    while now < 15 * DAY:
        moment = START + timedelta(seconds=now)
        upcoming = cadence.next_poll(rhythm, least=SHORTEST, most=LONGEST, now=moment, key=source.name)
        now = (upcoming.at - START).total_seconds()
        until = bisect_right(items, now, seen)
        rhythm = observe(rhythm, told[seen:until], START + timedelta(seconds=now))
        seen = until
    return rhythm.per_day / after


def kept_budget(sources: list[Feed], days: int, budget: float) -> float:
    """Polls that come of the pace which feedhub derives from a budget and a week of each source, over the budget."""
    shares = []
    for source in sources:
        known = [START + timedelta(seconds=at) for at in source.items if at <= 0]
        rhythm = first_impression(known, START)
        shares.append((rhythm.root, SHORTEST, LONGEST))
    pace = cadence.pace(shares, budget * len(sources) / 24)
    return run(feedhub, pace / timedelta(days=1), sources, days).polls / budget


# --- the report ----------------------------------------------------------------------------------------


def compare(sources: list[Feed], days: int, budget: float) -> dict[str, Score]:
    """Run and print every policy at one budget."""
    print(f"\n{budget:.0f} polls per source and day: delay in minutes")
    print(f"{'policy':32}{'mean':>8}{'p50':>8}{'p90':>8}{'p99':>8}{'polls':>10}")
    scores = {}
    for name, (policy, guess) in POLICIES.items():
        score = scores[name] = tuned(policy, guess * 24 / budget, budget, sources, days)
        cells = [score.mean, *(score.percentile(share) for share in (0.5, 0.9, 0.99))]
        print(
            f"{name:32}{''.join(f'{cell:8.1f}' for cell in cells)}{score.polls * len(sources) * days:10.0f}", flush=True
        )
    return scores


def verdicts(scores: dict[str, Score]) -> Iterator[tuple[str, float, float]]:
    """What is asked of feedhub: name, measured, at most."""
    ours = scores["feedhub"]
    yield "mean over the oracle's of the mean rate", ours.mean / scores["oracle, sqrt of mean rate"].mean, 0.9
    yield "mean over that of miniflux's policy", ours.mean / scores["miniflux entry_frequency"].mean, 0.5
    yield "p99 over AIMD's", ours.percentile(0.99) / scores["AIMD"].percentile(0.99), 1.0


def changes() -> Iterator[tuple[str, float, float]]:
    """How far off the rate is a day after a tenfold change, as a factor; the median of nine sources."""
    for before, after in ((2.4, 24.0), (24.0, 240.0), (24.0, 2.4), (240.0, 24.0)):
        ratios = sorted(adapted(before, after, seed) for seed in range(9))
        off = max(ratios[4], 1 / ratios[4])
        yield f"a day after {before:g} became {after:g} items a day, off by a factor of", off, 2.0


def main() -> int:
    """Print all; 1 if anything falls short."""
    parser = argparse.ArgumentParser(description="Compare polling policies at the same number of polls.")
    parser.add_argument("--quick", action="store_true", help="fewer sources and days, one budget")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    count, days, budgets = (40, 14, BUDGETS[:1]) if options.quick else (120, 28, BUDGETS)
    began = time.perf_counter()
    sources = feeds(count, days, options.seed)
    print(f"{count} sources, {days} days, {sum(len(source.items) for source in sources)} items")
    wanted: list[tuple[str, float, float]] = []
    for budget in budgets:
        for name, measured, most in verdicts(compare(sources, days, budget)):
            wanted.append((f"{budget:.0f}/day: {name}", measured, most))
    wanted += changes()
    wanted.append(("polls over a budget given, by `pace`", kept_budget(sources, days, BUDGETS[0]), 1.25))
    print()
    for name, measured, most in wanted:
        print(f"{'ok   ' if measured <= most else 'SHORT'} {name}: {measured:.2f} (at most {most:g})")
    print(f"{time.perf_counter() - began:.0f} s")
    return int(any(measured > most for _, measured, most in wanted))


if __name__ == "__main__":
    raise SystemExit(main())
