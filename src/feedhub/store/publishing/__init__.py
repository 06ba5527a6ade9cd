"""Topics and their feeds: which stories stand in them, in which order, how they are found again.

members     stories in topics      filling     topics filled anew
unasked     what these are still to be asked about
outlook     what a configuration would change
lineup      how a topic shows its stories
published   what feeds ask for     snapshot    archived stories as bytes
remembered  stories read lately
search      what a query finds     words       search text
"""
