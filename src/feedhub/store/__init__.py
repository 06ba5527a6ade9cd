"""The store: everything feedhub keeps, in SQLite; values in and values out, no SQL outside this package.

schema      the tables (and schema_…)      database    connections, transactions, who may write
schedule    due sources, leases    standing    how sources fare; fetches, incidents, pacing beside it
items       rows of items          revising    what a changed text means for its story
postings    fingerprints (packed)  candidates  who might be a copy; matching: what follows
neighbours  stories of one event   members     stories in topics
filling     topics filled anew     lineup      how a topic shows its stories
subscriptions  hubs of sources         pings       what our own hubs are told
curated     editors on stories     flood       too much from one source at once
search      what a query finds     views       what pages show
activity    what the desk did      punctuality who is first, how late the others
development how stories came to read as they do
rulings     the editors' word      word        what it binds; replay: the merge once more
links       items by their links
settle      outcomes of a round    ledger      how its sources stand; holdings: what its documents ask for
fresh       new items and stories, written together
words       search text
retention   what is let go         evidence    why items stand where they do
published   what feeds ask for     snapshot    archived stories as bytes
examination whether all is whole, and mending
reading     what may be asked      writing     what may be told
"""

from feedhub.store.database import backup, storage_fault
from feedhub.store.evidence import Evidence, Review
from feedhub.store.examination import Finding, look, repair
from feedhub.store.fetches import PastFetch
from feedhub.store.incidents import Incident, IncidentFeed
from feedhub.store.lists import ListCheck
from feedhub.store.outcome import Claim, Outcome
from feedhub.store.published import Corrected
from feedhub.store.reading import Reader, StoredItem
from feedhub.store.retention import Pruned
from feedhub.store.writing import Store

__all__ = [
    "Claim", "Corrected", "Evidence", "Finding", "Incident", "IncidentFeed", "ListCheck", "Outcome", "PastFetch",
    "Pruned", "Reader", "Review", "Store", "StoredItem", "backup", "look", "repair", "storage_fault",
]  # fmt: skip
