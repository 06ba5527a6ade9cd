"""Items and stories: who might be a copy of an item, what follows once it is placed, and why.

items       rows of items          rows, stories: rows -> values
versions    what they say, and said before
fresh       new ones, written together
holdings    what a round's documents ask for
postings    fingerprints (packed)  lately      what is remembered of the newest
candidates  who might be a copy    matching    a placement carried out
electing    core, canonical copy   ending      stories that end
verdicts    why, kept              relations   which stories are related
flood       too much from one source at once
revising    what a changed text means for its story; rejudging: where the item belongs now
neighbours  stories of one event   development how stories came to read as they do
evidence    why items stand where they do
reviews     what an editor should look at
constraints what rulings bind      curated     editors on stories
"""
