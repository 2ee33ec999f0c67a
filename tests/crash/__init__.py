"""The hard promises, held by real processes that are killed, stopped, doubled and lied to."""
