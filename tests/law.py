"""The rules that ship, read once for every test that works by them."""

from typing import Final

from orchestrator.law.reading import read_rulebook

RULEBOOK: Final = read_rulebook()
