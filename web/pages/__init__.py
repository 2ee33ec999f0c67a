"""Which page is at which address: one file of routes per screen."""
