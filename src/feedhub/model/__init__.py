"""The vocabulary: every noun of feedhub, frozen, named by the stage it has reached.

Source -fetch-> Fetched -parse-> ParsedFeed of RawEntry -normalise-> Item -dedup.place-> Placement
-store.settle-> Story

sources    what is subscribed to         settings   the configuration
fetched    what a server answered        documents  a feed document, read
items      entries, normalised           outline    what a source's last document listed
merging    what the merge decides        stories    what is published
standing   how sources and topics are doing

No behaviour lives here beyond trivial properties. All times are aware UTC.
"""

from feedhub.curation import Look, Topic, TopicOrder
from feedhub.model.documents import Enclosure, ParsedFeed, ParseFailure, RawEntry
from feedhub.model.fetched import FailureKind, Fetched, FetchFailure, FetchRequest, NotModified, Validators
from feedhub.model.items import Credit, Item, Listed
from feedhub.model.merging import Placement, Verdict, VerdictKind
from feedhub.model.outline import Known, Outline
from feedhub.model.settings import Part, Problem, Settings
from feedhub.model.sources import NamedFeed, Source, SourceList
from feedhub.model.standing import PollReport, SourceHealth, TopicState
from feedhub.model.stories import Copy, Correction, RelatedStory, Story

__all__ = [
    "Copy",
    "Correction",
    "Credit",
    "Enclosure",
    "FailureKind",
    "FetchFailure",
    "FetchRequest",
    "Fetched",
    "Item",
    "Known",
    "Listed",
    "Look",
    "NamedFeed",
    "NotModified",
    "Outline",
    "ParseFailure",
    "ParsedFeed",
    "Part",
    "Placement",
    "PollReport",
    "Problem",
    "RawEntry",
    "RelatedStory",
    "Settings",
    "Source",
    "SourceHealth",
    "SourceList",
    "Story",
    "Topic",
    "TopicOrder",
    "TopicState",
    "Validators",
    "Verdict",
    "VerdictKind",
]
