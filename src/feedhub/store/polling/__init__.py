"""Sources: when they are due, how they fare, what went wrong with them.

sources     as configured          schedule    which are due, leases
standing    how a source fares     columns     how that is stored
outcome     what a poll comes to   ledger      the sources of a round, read and written together
pacing      the budget shared      outlines    what a source's last document listed
listing     which items are listed, and when others left
fetches     the last of each       incidents   what went wrong, from when to when
subscriptions  hubs of sources     lists       lists of sources
health      how all these are doing, as it is shown; polled: the questions about them
tags        what queries see       duplicates  sources that became one document
"""
