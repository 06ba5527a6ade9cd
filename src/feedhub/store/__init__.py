"""The store: everything feedhub keeps, in SQLite; values in and values out, no SQL outside this package.

writing     what may be told       reading     what may be asked
settle      outcomes of a round    arrivals    what comes, and changes
retention   what is let go         punctuality who is first, how late the others
rulings     the editors' word      dispatch    which of them is meant
record      what they ruled
undoing     rulings taken back     docket      stories as rulings move them
comparison  two items judged anew  chronicle   all that happened, in order
replay      the merge once more    adoption    a replay carried out
views       what pages show        activity    what the desk did
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
