"""The composition root: what makes a process out of the parts.

run      the daemon from start to end       polls    polls under way
push     what hubs of sources send          pings    what our own hubs are told; errands: their tasks
writer   the one thread that writes         clock    what time it is
front    the process that serves            serving  its side of it; desk: what the web side is given there
clockwork  jobs, and clocks that are set: the only door to APScheduler
interpreter  memory, and turns of threads   settings the configuration, read by a process of its own
control  requests of commands               once     the same work without a daemon
"""
