"""What happened, told to people: a sentence for every event, without an id or a code in it."""
