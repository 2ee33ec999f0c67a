"""The sections of the configuration, one file for each subject."""
