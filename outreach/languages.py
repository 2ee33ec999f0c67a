"""Which language is meant: recognizers and models say "fr", "fr-CA" or "French"."""

import re
from collections.abc import Mapping
from types import MappingProxyType

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "ar": "Arabic",
        "bg": "Bulgarian",
        "ca": "Catalan",
        "cs": "Czech",
        "da": "Danish",
        "de": "German",
        "el": "Greek",
        "en": "English",
        "es": "Spanish",
        "et": "Estonian",
        "fi": "Finnish",
        "fr": "French",
        "he": "Hebrew",
        "hi": "Hindi",
        "hr": "Croatian",
        "hu": "Hungarian",
        "id": "Indonesian",
        "it": "Italian",
        "ja": "Japanese",
        "ko": "Korean",
        "lt": "Lithuanian",
        "lv": "Latvian",
        "nl": "Dutch",
        "no": "Norwegian",
        "pl": "Polish",
        "pt": "Portuguese",
        "ro": "Romanian",
        "ru": "Russian",
        "sk": "Slovak",
        "sl": "Slovenian",
        "sv": "Swedish",
        "th": "Thai",
        "tr": "Turkish",
        "uk": "Ukrainian",
        "vi": "Vietnamese",
        "zh": "Chinese",
    }
)
"""English names by ISO 639-1 code."""
_CODES = {name.casefold(): code for code, name in NAMES.items()}
_TAG = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]{2,8})*")


def code_of(said: str) -> str | None:
    """The code of a language that is named or tagged, without its region; None where it is none."""
    plain = said.strip().casefold()
    if plain in _CODES:
        return _CODES[plain]
    return re.split(r"[-_]", plain)[0] if _TAG.fullmatch(plain) else None


def name_of(tag: str) -> str:
    """What English calls a language; its code where this table has no name."""
    code = code_of(tag) or tag
    return NAMES.get(code, code)
