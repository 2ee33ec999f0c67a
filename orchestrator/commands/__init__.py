"""The commands of `outreach`, one file per noun."""
