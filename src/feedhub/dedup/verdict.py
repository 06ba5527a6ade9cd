"""Verdicts for people: in words, and whether an editor should look at one."""

from __future__ import annotations

from feedhub.dedup.rules import RULES
from feedhub.model import Verdict


def in_words(verdict: Verdict) -> list[str]:
    """A verdict as a person reads it: what decided, then what was measured, beside the thresholds."""
    texts = {
        "containment": f"{{:.0%}} of the shorter text stands in the longer (above {RULES.strong:.0%} that suffices, "
        f"above {RULES.fair:.0%} with a common beginning, below {RULES.weak:.0%} nothing is shared)",
        "shingles": "the shorter text has {:.0f} shingles (three words, or five characters, in a row)",
        "lead": f"{{:.0%}} of one text's beginning stands in the other (a common beginning: above {RULES.lead:.0%})",
        "figures": "figures that stand in place of others: {:.0f} (one is a contradiction)",
        "places": "places with other words: {:.0f}",
        "words": "names, opposites and news that contradict the other's: {:.0f} (one is a contradiction)",
        "common": f"other stories that carry the shared passage: {{:.1f}} (above {RULES.common:.0f} it is common)",
        "hours": f"{{:.1f}} h apart (copies: at most {RULES.window.total_seconds() / 3600:.0f})",
    }
    return [*verdict.reasons, *(texts[name].format(value) for name, value in verdict.measures if name in texts)]


def borderline(verdict: Verdict) -> bool:
    """Whether an editor should look: merged on a part of the text, or on the headline where both have a text."""
    return verdict.kind == "copy" and verdict.score <= RULES.strong
