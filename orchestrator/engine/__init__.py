"""The engine: tick, claim, dispatch, ingest, recover, import, duties."""
