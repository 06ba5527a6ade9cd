"""The store: everything feedhub keeps, in SQLite; values in and values out, no SQL outside this package.

schema      the tables             database   connections, transactions, who may write
schedule    due sources, health    items      rows of items: new, changed, same
matching    candidates, stories    members    stories in topics
settle      one poll's outcome     words      search text
retention   what is let go         evidence   why items stand where they do
reading     what may be asked      writing    what may be told
"""

from feedhub.store.outcome import Claim, Outcome
from feedhub.store.reading import Reader, StoredItem
from feedhub.store.retention import Pruned
from feedhub.store.writing import Store

__all__ = ["Claim", "Outcome", "Pruned", "Reader", "Store", "StoredItem"]
