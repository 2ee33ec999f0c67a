"""The rules: what outreach is. Pure values and functions; no IO, no clock, no randomness."""
