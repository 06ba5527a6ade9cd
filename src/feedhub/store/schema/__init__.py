"""The tables, made and brought up to date step by step.

steps       all of them, in their order
tables      the first tables
polling, merging, rulings, publishing, upkeep    the later steps, by what they are for
script      SQL of several statements

`sqlite3 feedhub.db .schema` shows what has become of them, with what is said of their columns here.
"""

STEPS = 52  # of them: to see whether any is missing, what takes them need not be loaded
