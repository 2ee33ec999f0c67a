"""The section `prices`: what the deployment pays for calls, messages, speech and the model."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Final

from pydantic import Field, field_validator

from orchestrator.sections.section import Section
from outreach.prices import MICROS, Prices, Tariff

Money = Annotated[Decimal, Field(ge=0, le=1_000_000, decimal_places=6)]
_DEFAULT: Final = "default"
_PREFIX: Final = re.compile(r"\+?[1-9][0-9]{0,6}")


class ModelPrice(Section):
    """Of the language model, in calls, chats and readings."""

    input_per_million: Money = Field(description="A million tokens that it is given.")
    output_per_million: Money = Field(description="A million tokens that it answers.")


class PriceTable(Section):
    """What is paid for, by its price; 0 where nothing is asked. Without it no cost is known."""

    currency: str = Field(pattern=r"^[A-Z]{3}$", description="Of all prices, such as USD.")
    calls: Mapping[str, Money] = Field(
        description="A minute on the phone by the beginning of the number, such as {default: 0.02,"
        ' "+44": 0.03}; the longest that fits counts.'
    )
    calls_billed_by_s: int = Field(
        60, gt=0, le=60, description="The carrier counts calls in whole steps of so many seconds."
    )
    messages: Mapping[str, Money] = Field(
        description="A WhatsApp message that was sent, by the beginning of the number."
    )
    hearing_per_minute: Money = Field(description="Speech recognition, of what it is given.")
    speaking_per_1000_characters: Money = Field(description="Speech synthesis.")
    model: ModelPrice

    @field_validator("calls", "messages")
    @classmethod
    def _for_everybody(cls, given: Mapping[str, Decimal]) -> Mapping[str, Decimal]:
        """Whom no prefix fits has a price too, and each prefix is written once."""
        if _DEFAULT not in given:
            raise ValueError("default is missing: the price where no prefix fits")
        prefixes = [one for one in given if one != _DEFAULT]
        for one in prefixes:
            if not _PREFIX.fullmatch(one):
                raise ValueError(f'{one!r} is no beginning of a number; write one like "+44"')
        if len({one.lstrip("+") for one in prefixes}) < len(prefixes):
            raise ValueError("a prefix stands there twice, with and without +")
        return given

    @property
    def table(self) -> Prices:
        """In millionths, as costs are counted."""
        return Prices(
            currency=self.currency,
            call_minute=_tariff(self.calls),
            call_step_s=self.calls_billed_by_s,
            message=_tariff(self.messages),
            hearing_minute=_micros(self.hearing_per_minute),
            speaking_thousand=_micros(self.speaking_per_1000_characters),
            input_million=_micros(self.model.input_per_million),
            output_million=_micros(self.model.output_per_million),
        )


def _tariff(prices: Mapping[str, Decimal]) -> Tariff:
    return Tariff(
        default=_micros(prices[_DEFAULT]),
        by_prefix={
            one.lstrip("+"): _micros(price) for one, price in prices.items() if one != _DEFAULT
        },
    )


def _micros(amount: Decimal) -> int:
    return int(amount * MICROS)
