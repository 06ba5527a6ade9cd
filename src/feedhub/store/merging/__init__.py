"""Items and stories: who might be a copy of an item, what follows once it is placed, and why.

document    one, compared with what is stored of its source
holdings    what a round's documents ask for
versions    what items say, and said before
fresh       new ones, written together
rows, stories  rows -> values
postings    fingerprints (packed)  lately      what is remembered of the newest
candidates  who might be a copy    matching    a placement carried out
electing    core, canonical copy   ending      stories that end
verdicts    why, kept              relations   which stories are related
revising    what a changed text means for its story; rejudging: where the item belongs now
neighbours  stories of one event   development how stories came to read as they do
evidence    why items stand where they do
reviews     what an editor should look at
constraints what rulings bind      curated     editors on stories
"""
