"""What every answer carries, and what no request may exceed."""

from __future__ import annotations

SECURITY = {
    # Pages show what feeds contain: nothing of it may run, and nobody may frame it.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Server": "feedhub",
}

TOO_LONG = 32_000  # bytes of all headers of a request together
UNANSWERED = 30.0  # seconds after which a request is given up, its body not sent or its answer not found
