"""Topics and their feeds: which stories stand in them, in which order, how they are found again.

members     stories in topics      entries     these as rows
filling     topics filled anew     unasked     what they are still to be asked about
taking      which of all stories they take
selection   the topics and sources in force
outlook     what a configuration would change
lineup      how a topic shows its stories
published   what feeds ask for     snapshot    archived stories as bytes
remembered  stories read lately
search      what a query finds     words       the index of words
narrowing   stories it may take    glances     stories without their texts
"""
