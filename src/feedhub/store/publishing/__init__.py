"""Topics and their feeds: which stories stand in them, in which order, how they are found again.

selection   the topics in force    members     stories enter and leave them
entries     their stories as rows  filling     topics that are new or edited
taking      the stories they take  unasked     what they are still to be asked about
flood       too much from one source at once
outlook     what a configuration would change
lineup      how a topic shows its stories      slots       its entries as stories
published   what feeds ask for     snapshot    archived stories as bytes
story_cache stories read lately    pings       what our own hubs are told
search      what a query finds     words       the index of words
narrowing   stories it may take    glances     stories without their texts
"""
