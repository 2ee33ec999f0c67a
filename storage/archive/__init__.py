"""A backup: one file with every row of one moment, and the way back into a database."""
