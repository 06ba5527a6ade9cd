"""What a topic takes: one line of query, compiled once, matched against stories. Pure.

parse      text -> tree, mistakes with their place    tree       what a query says
words      text as words, width and case aside        amounts    copies>=2, age<3d, published>=2026-11-01
patterns   /regex/ within its time                    compile    text -> query
references @topics put in                             predicates tree -> test
subject    Story -> Matter, folded once               choose     whether a topic takes a story
index      the topics that take it, by their words      needs      what a match cannot do without
relevance  how much a story is what was looked for    highlight  where in a text it is
order      which stories stand first, by which copy
"""

from feedhub.topics.choose import CompiledTopic, compile_topics, saved_queries
from feedhub.topics.compile import Query, compile_query
from feedhub.topics.highlight import Span, hits, passage, pieces
from feedhub.topics.index import TopicIndex
from feedhub.topics.needs import at_a_glance, earliest, told_at_a_glance
from feedhub.topics.order import Print, heat, shown_print
from feedhub.topics.predicates import predicate
from feedhub.topics.relevance import relevance
from feedhub.topics.subject import Glimpse, Matter, alone, glimpse, matter, outlet_of

__all__ = [
    "CompiledTopic",
    "Glimpse",
    "Matter",
    "Print",
    "Query",
    "Span",
    "TopicIndex",
    "alone",
    "at_a_glance",
    "compile_query",
    "compile_topics",
    "earliest",
    "glimpse",
    "heat",
    "hits",
    "matter",
    "outlet_of",
    "passage",
    "pieces",
    "predicate",
    "relevance",
    "saved_queries",
    "shown_print",
    "told_at_a_glance",
]
