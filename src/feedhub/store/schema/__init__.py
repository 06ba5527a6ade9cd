"""The tables, made and brought up to date step by step, in the order of time: `rulings.migrations` has all the steps.

tables      the first ones, and what most of the rest is made of
topics      what topics and searches need beyond these
polling     what polling thousands of sources needs
publishing  what a feed that has changed asks first
rulings     what editors' rulings bind and name, and all that came after
"""

STEPS = 47  # of them: to see whether any is missing, what takes them need not be loaded
