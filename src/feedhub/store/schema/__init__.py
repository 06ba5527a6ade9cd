"""The tables, made and brought up to date in the order of time: `rulings.migrations` has all the steps."""

STEPS = 43  # of them: to see whether any is missing, what takes them need not be loaded
