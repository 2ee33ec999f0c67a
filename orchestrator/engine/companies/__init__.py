"""Companies: who belongs to which, and how well each fits."""
