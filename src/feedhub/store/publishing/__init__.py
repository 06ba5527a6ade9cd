"""Topics and their feeds: which stories stand in them, in which order, how they are found again.

members     stories in topics      filling     topics filled anew
lineup      how a topic shows its stories
published   what feeds ask for     snapshot    archived stories as bytes
remembered  stories read lately
search      what a query finds     words       search text
"""
