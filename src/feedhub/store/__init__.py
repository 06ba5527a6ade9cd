"""The store: everything feedhub keeps, in SQLite; values in and values out, no SQL outside this package.

writing     what may be told       reading     what may be asked
settle      outcomes of a round    retention   what is let go
rulings     the editors' word      replay      the merge once more
views       what pages show        activity    what the desk did
punctuality who is first, how late the others
publishing  topics and their feeds, the search
merging     items and stories
polling     sources, and when they are due
database    connections, transactions, who may write
examination whether all is whole, and mending
schema      the tables             links       items by their links
"""

from feedhub.store.database import backup, storage_fault
from feedhub.store.examination import Finding, look, repair
from feedhub.store.merging.evidence import Evidence, Review
from feedhub.store.polling.fetches import PastFetch
from feedhub.store.polling.incidents import Incident, IncidentFeed
from feedhub.store.polling.lists import ListCheck
from feedhub.store.polling.outcome import Claim, Outcome
from feedhub.store.publishing.published import Corrected
from feedhub.store.reading import Reader, StoredItem
from feedhub.store.retention import Pruned
from feedhub.store.writing import Store

__all__ = [
    "Claim", "Corrected", "Evidence", "Finding", "Incident", "IncidentFeed", "ListCheck", "Outcome", "PastFetch",
    "Pruned", "Reader", "Review", "Store", "StoredItem", "backup", "look", "repair", "storage_fault",
]  # fmt: skip
