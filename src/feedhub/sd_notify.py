"""Telling systemd how the service is doing; silent where there is no systemd."""

from __future__ import annotations

import os
import socket


def notify(state: str) -> None:
    """Send "READY=1", "STOPPING=1", "WATCHDOG=1"; never raises."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sending:
            sending.sendto(state.encode(), address)
    except OSError:
        pass  # whoever asked for it is gone; the service goes on


def watchdog_interval() -> float | None:
    """Seconds between signs of life, half of what the unit allows; None when none are awaited."""
    spans, pid = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    if not spans.isdecimal() or not int(spans) or pid not in ("", str(os.getpid())):
        return None
    return int(spans) / 2_000_000
