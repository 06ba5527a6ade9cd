"""Merging the copies of one wire story: why feedhub exists.

    Item -credit.read-> Reading -fingerprint.features-> Features
         -judge.judge-> Verdict -place.place-> Placement

A *copy* prints the same agency text under its own headline, dateline, cut and credits. A *related* story
tells of the same event in other words. The two relations are never mixed: copies join one story,
related stories stay apart. Everything here is pure: the store brings candidates, the store writes.

credit      what is cut from a text     surroundings  what it looks like
agencies    whom it credits             places        places with several names
subject     a text as it is compared
tokens      its words                   numerals      figures, in one style
fingerprint words as numbers            prepare       all of these, for an item
alignment   two texts side by side      substitution  other names, opposites in one place
spelling    one name in two ways        units         one measure in two
opposites   what denies what            exchange      names that changed places
amounts     one figure in two currencies
mould       headlines of bulletins      announced     headlines that tell of two things
judge       copy, related or unrelated
case        an item and its candidates  place         the story that it joins
core        which copy guards a story   headline      equal headlines
digest      several stories in one text
lineage     flash, lead, update         update, late  the next step, the reprint of one before
revision    what changed in a text      passages      what two texts share, for people
about       what a story is about       related       stories of one event
rules       the thresholds, as a value  verdict       a verdict in words
"""
