"""The ways in which a person is reached."""

from enum import StrEnum


class ChannelName(StrEnum):
    VOICE = "voice"
    WHATSAPP = "whatsapp"
