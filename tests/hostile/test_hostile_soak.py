"""Hours of polling, some sources faulty, on a clock that runs fast: nothing grows that must not. `make soak`: days."""

from __future__ import annotations

import subprocess
import sys

import pytest

import soak


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_hours_of_polling_leave_nothing_behind() -> None:
    command = [sys.executable, soak.__file__, "--hours", "12", "--sources", "60"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing grows" in done.stdout


def test_what_grows_is_told() -> None:
    measures = [soak.Measure(n * 1000, 80 + n * 0.2, 30 + n, 8, 1, 2, 10 + 10 * n) for n in range(20)]
    told = soak.faults(measures, soak.LATE * 2)
    assert [words.split()[0] for words in told] == ["memory", "descriptors:", "the", "a"]
    assert soak.faults([soak.Measure(n * 1000, 80, 30, 8, 1, 2, 10) for n in range(20)], soak.LATE) == []
