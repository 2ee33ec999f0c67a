"""A virtual fortnight from a seed: the real rules, storage and engine under everything at once."""
