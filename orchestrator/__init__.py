"""When things happen, and how the parts are put together."""
