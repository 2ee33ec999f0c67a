"""Tests of the check-up of an installation."""
