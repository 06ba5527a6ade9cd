"""The store: everything feedhub keeps, in SQLite; values in and values out, no SQL outside this package.

schema      the tables             database   connections, transactions, who may write
schedule    due sources, leases    items      rows of items: new, changed, same
standing    how sources are        fetches    their last fetches
incidents   what went wrong        pacing     polls an hour, shared
matching    candidates, stories    members    stories in topics
settle      one poll's outcome     words      search text
retention   what is let go         evidence   why items stand where they do
reading     what may be asked      writing    what may be told
"""

from feedhub.store.fetches import PastFetch
from feedhub.store.incidents import Incident, IncidentFeed
from feedhub.store.outcome import Claim, Outcome
from feedhub.store.reading import Reader, StoredItem
from feedhub.store.retention import Pruned
from feedhub.store.writing import Store

__all__ = ["Claim", "Incident", "IncidentFeed", "Outcome", "PastFetch", "Pruned", "Reader", "Store", "StoredItem"]
