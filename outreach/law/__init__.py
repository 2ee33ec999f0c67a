"""Which rules of law bind somebody, by where they may be, and what do these ask?"""
