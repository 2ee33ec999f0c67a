"""How the simulated agent fills a tool's arguments: by the tool's schema, from what was said."""

import re

from simulator import model_facts
from simulator.model_chat import Json, OfferedFunction, ToolCall
from simulator.model_meaning import Meaning, meaning, sentence_with


def call(tool: OfferedFunction, words: str) -> ToolCall:
    """A call with every required argument; `words` are the person's."""
    required = tool.parameters.get("required") or []
    properties: Json = tool.parameters.get("properties") or {}
    return ToolCall(
        name=tool.name,
        arguments={
            name: _argument(name, shape, words)
            for name, shape in properties.items()
            if name in required or name in ("when", "words", "reason")
        },
    )


def _argument(name: str, shape: Json, words: str) -> object:
    wanted = meaning(words)
    choices = shape.get("enum") or ()
    if choices:
        return wanted.value if wanted.value in choices else choices[-1]
    match shape.get("type"):
        case "boolean":
            return True
        case "integer" | "number":
            found = model_facts.any_number(words)
            return round(found[0]) if found else 0
        case "array":
            return []
        case "object":
            return {}
    if re.search(r"when|time|date|_at$", name):
        return model_facts.moment_words(words) or words
    if name == "language":
        return words
    if name == "reason":
        return "nothing left to say" if wanted is Meaning.OTHER else wanted.value.replace("_", " ")
    return sentence_with(words, wanted)
