"""The tables, made and brought up to date in the order of time: `rulings.migrations` has them all."""
