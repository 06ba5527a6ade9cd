"""The composition root: what makes a process out of the parts.

run          the daemon from start to end       daemon       its parts, and what it does with them
polls        polls under way                    push         what hubs of sources send
pings        what our own hubs are told         tasks        tasks in the background
writer       the one thread that writes
front        the process that serves            serving      its side of it
desk         what the web side is given there   settings     the configuration, read by a process of its own
configuring  how another one comes into force   lists        lists elsewhere that name sources
clock        what time it is                    clockwork    jobs, and clocks that are set: the door to APScheduler
control      requests of commands               once         the same work without a daemon
opening      the store and the doors, for both  find         the feeds behind an address
interpreter  memory, garbage, switches of threads
"""
