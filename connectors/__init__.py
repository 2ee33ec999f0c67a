"""Who else knows: list sources, notifications, the recordings store."""
