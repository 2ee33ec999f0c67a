"""What we say: prompts, conversations, tools, the voice pipeline, reading of outcomes."""
