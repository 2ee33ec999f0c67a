"""Companies and the people in them: who is worth a talk, and why now."""
