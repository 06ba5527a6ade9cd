"""The only door to the network: conditional GETs with every limit a hostile server could run into.

fetcher   one GET with its redirects      inflate   compressed bodies, bounded
address   which addresses may be asked    failure   what went wrong, in words
hints     how long headers ask us to wait   login     headers and secrets
local     files                               form      forms sent to hubs
turns     how many at once                    room      how much memory bodies take
"""

from feedhub.fetch.fetcher import Fetcher, user_agent
from feedhub.fetch.form import Form, Sent

__all__ = ["Fetcher", "Form", "Sent", "user_agent"]
