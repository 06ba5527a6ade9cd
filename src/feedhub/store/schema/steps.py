"""All steps in the order in which they were added: a database has always taken the first so many of them.

A database records the names of the steps' functions, so these must never change.
"""

from __future__ import annotations

from sqlite_utils import Migrations

from feedhub.store.schema import merging, polling, publishing, rulings, tables, upkeep

migrations = Migrations("feedhub")

for step in (
    tables.first_tables,
    merging.fingerprints_by_item,
    rulings.editors_word,
    polling.how_sources_fare,
    publishing.what_was_published,
    polling.outlines_of_documents,
    polling.feeds_of_pages,
    polling.hubs_of_sources_and_topics,
    polling.lists_of_sources,
    upkeep.what_the_desk_did,
    polling.schedule_by_site,
    publishing.what_agencies_wrote,
    publishing.what_entries_show,
    publishing.stories_of_topics,
    merging.revisions_of_dates,
    polling.how_lists_fare,
    merging.copies_in_order,
    publishing.words_as_queries_see_them,
    rulings.curation,
    rulings.steps_as_entries,
    publishing.floods_pass_by_and_by,
    publishing.words_of_headlines,
    polling.roots_of_rhythms,
    polling.polls_under_way,
    merging.merged_stories_by_story,
    publishing.words_merged_in_small_parts,
    polling.rhythms_as_bytes,
    publishing.stories_told_otherwise,
    publishing.stories_joined,
    rulings.pairs_of_every_ruling,
    merging.items_by_link,
    merging.stories_to_relate,
    upkeep.no_statistics,
    upkeep.tombstones_by_age,
    merging.merged_stories_counted,
    rulings.shown_before_withdrawn,
    polling.tags_of_sources,
    merging.terms_of_what_waits,
    rulings.headlines_of_rulings,
    upkeep.jobs_last_run,
    publishing.stories_unasked,
    polling.subscriptions_by_state,
    polling.items_of_sources,
    polling.sources_by_address,
    merging.revisions_in_order,
    merging.names_of_items,
    rulings.heirs_of_what_was_bound,
    publishing.words_told_apart_by_sqlite,
    polling.where_sources_are_led,
    polling.what_sources_list,
    rulings.pairs_that_a_merge_waives,
    merging.outlets_that_stand,
):
    migrations()(step)
