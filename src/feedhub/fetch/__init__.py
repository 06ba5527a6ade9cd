"""The only door to the network: conditional GETs with every limit a hostile server could run into.

request   what a source is asked for
fetcher   one GET with its redirects      transfer  one fetch under way
answer    what came back, as a value      inflate   compressed bodies, bounded
address   which addresses may be asked    failure   what went wrong, in words
hints     how long headers ask us to wait   login     headers and secrets
local     files                               form      forms sent to hubs
turns     how many at once                    room      how much memory bodies take
"""

from feedhub.fetch.fetcher import Fetcher, user_agent
from feedhub.fetch.form import Form, Sent
from feedhub.fetch.request import request_for

__all__ = ["Fetcher", "Form", "Sent", "request_for", "user_agent"]
