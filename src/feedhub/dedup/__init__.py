"""Merging the copies of one wire story: why feedhub exists.

    Item -credit.read-> Reading -fingerprint.features-> Features
         -judge.judge-> Verdict -place.place-> Placement

A *copy* prints the same agency text under its own headline, dateline, cut and credits. A *related* story
tells of the same event in other words. The two relations are never mixed: copies join one story,
related stories stay apart. Everything here is pure: the store brings candidates, the store writes.
"""
