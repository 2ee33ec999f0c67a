"""Where do the rules of law come from? Our own table, calendars, the configuration."""
