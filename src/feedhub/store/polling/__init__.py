"""Sources: when they are due, how they fare, what went wrong with them.

sources     as configured          schedule    which are due, leases
standing    how a source fares after a poll
outcome     what a poll comes to   ledger      how the sources of a round stand, told in one stroke
pacing      the budget shared      outlines    what a source's last document listed
fetches     the last of each       incidents   what went wrong, from when to when
subscriptions  hubs of sources     pings       what our own hubs are told
lists       lists of sources       health      how all these are doing, as it is shown
tags        what queries see       doubles     sources that became one document
"""
