"""What every answer carries, and what no request may exceed."""

from __future__ import annotations

SECURITY = {
    # Pages show what feeds contain: none of it may run, and nobody may frame them.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Server": "feedhub",
}

TOO_LONG = 32_000  # bytes of all headers of a request together
UNANSWERED = 30.0  # seconds for a request, from its body to its answer
