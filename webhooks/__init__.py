"""What comes back: verify, parse, ingest; nothing else."""
