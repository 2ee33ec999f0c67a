"""What `outreach doctor` looks at; the checks themselves stand where the things are."""
