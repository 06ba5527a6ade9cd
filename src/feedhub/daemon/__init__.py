"""The composition root: what makes a process out of the parts. The only door to APScheduler.

run      the daemon from start to end       polls    polls under way
writer   the one thread that writes         desk     what the web side is given
control  requests of commands               once     the same work without a daemon
"""
