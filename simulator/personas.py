"""Which persona answers a number: its last two digits decide, by the table below.

| suffixes                                                     | persona            |
| ------------------------------------------------------------ | ------------------ |
| 01 11 21 31 41 50                                            | interested         |
| 02 12 22 32                                                  | interested_later   |
| 03 13 23                                                     | talks_over         |
| 04 14 24 53                                                  | busy               |
| 05 15 25 35                                                  | callback           |
| 06 16 26 36 46 54                                            | not_interested     |
| 07 17                                                        | angry              |
| 27 37                                                        | hangs_up           |
| 08 18 55                                                     | opt_out            |
| 09 19 56                                                     | wrong_person       |
| 28 38 58                                                     | screening          |
| 29 39                                                        | silent             |
| 33 43 44                                                     | other_language     |
| 34                                                           | hostile            |
| 45                                                           | menu               |
| 47                                                           | fax                |
| 42 48 49 52 60 61 62 63 64 65 66 67                          | voicemail          |
| 68 69 70 59                                                  | engaged_line       |
| 71 72                                                        | unreachable        |
| 73 74 75 76 77 78 57                                         | no_answer_writes   |
| 79 80 81                                                     | no_answer_stop     |
| 82 83                                                        | no_answer_declines |
| 00 10 20 30 40 51 84 to 99                                   | no_answer          |

Suffixes 50 to 59 hold ten different people, because fictional Australian mobiles
(+61 491 570 15x) vary in nothing else.
"""

from types import MappingProxyType

from simulator import cast
from simulator.persona import AnswersAs, Language, Line, Persona, Pickup, Reply

__all__ = [
    "AnswersAs",
    "BY_SUFFIX",
    "Language",
    "Line",
    "Persona",
    "Pickup",
    "Reply",
    "persona_for",
    "persona_named",
]

_SUFFIXES: tuple[tuple[Persona, str], ...] = (
    (cast.INTERESTED, "01 11 21 31 41 50"),
    (cast.INTERESTED_LATER, "02 12 22 32"),
    (cast.TALKS_OVER, "03 13 23"),
    (cast.BUSY, "04 14 24 53"),
    (cast.CALLBACK, "05 15 25 35"),
    (cast.NOT_INTERESTED, "06 16 26 36 46 54"),
    (cast.ANGRY, "07 17"),
    (cast.HANGS_UP, "27 37"),
    (cast.OPT_OUT, "08 18 55"),
    (cast.WRONG_PERSON, "09 19 56"),
    (cast.SCREENING, "28 38 58"),
    (cast.SILENT, "29 39"),
    (cast.OTHER_LANGUAGE, "33 43 44"),
    (cast.HOSTILE, "34"),
    (cast.MENU, "45"),
    (cast.FAX, "47"),
    (cast.VOICEMAIL, "42 48 49 52 60 61 62 63 64 65 66 67"),
    (cast.ENGAGED_LINE, "68 69 70 59"),
    (cast.UNREACHABLE, "71 72"),
    (cast.NO_ANSWER_WRITES, "73 74 75 76 77 78 57"),
    (cast.NO_ANSWER_STOP, "79 80 81"),
    (cast.NO_ANSWER_DECLINES, "82 83"),
    (
        cast.NO_ANSWER,
        "00 10 20 30 40 51 84 85 86 87 88 89 90 91 92 93 94 95 96 97 98 99",
    ),
)

BY_SUFFIX = MappingProxyType(
    {suffix: persona for persona, suffixes in _SUFFIXES for suffix in suffixes.split()}
)


def persona_for(number: str) -> Persona:
    """Who answers this number (E.164, with or without a channel prefix such as `whatsapp:`)."""
    digits = "".join(character for character in number if character.isdecimal())
    return BY_SUFFIX.get(digits[-2:], cast.NO_ANSWER)


def persona_named(name: str) -> Persona | None:
    """The persona of this name, or None when nobody is called that."""
    return next((persona for persona in cast.EVERYBODY if persona.name == name), None)
