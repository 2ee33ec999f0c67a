"""Does this text look like an e-mail address?"""


def is_email(text: str) -> bool:
    """Something before the last @, and behind it a name with a dot; no blanks. Nothing is sent."""
    name, at, domain = text.rpartition("@")
    return bool(name and at and "." in domain.strip(".")) and not any(map(str.isspace, text))
