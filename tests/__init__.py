"""Every promise of the product, as a test; the folders mirror the source."""
