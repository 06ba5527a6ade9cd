"""The store: everything feedhub keeps, in SQLite; values in and values out, no SQL outside this package.

writing     the writing side       reading     the reading side
settle      outcomes of a round    arrivals    items that come or change
retention   what is deleted        punctuality who is first, how late the others
comparison  two items judged again chronicle   all that happened, in order
replay      merging once more      adoption    a replay taken over
front_page  what leads, is new     activity    polls, items and merges counted
rulings     what editors rule
publishing  topics and their feeds, the search
merging     items and stories
polling     sources, and when they are due
database    connections, transactions, who may write
examination whether all is whole, and mending
salvage     what of a damaged file can be read
schema      the tables             links       items by their links
times       as rows hold them      many        values in one statement
patience    how long work may go on

Nothing is re-exported here: importing `feedhub.store.reading` must not load what merges, or what migrates.
"""
