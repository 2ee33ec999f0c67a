"""How we reach a person: one file per provider behind one Protocol."""
