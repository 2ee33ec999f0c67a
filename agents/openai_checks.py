"""Does an OpenAI-compatible server answer, let us in, and know the model that is configured?"""

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from openai import (
    APIConnectionError,
    APIStatusError,
    AsyncOpenAI,
    AuthenticationError,
    NotFoundError,
    OpenAIError,
    PermissionDeniedError,
)

from outreach.checkup import Problem, Report

WITHIN_S: Final = 8
OFFERS_NO_LIST: Final = frozenset({404, 405, 501})


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCheck:
    """One model at one address; nothing is generated, so nothing is paid for."""

    name: str
    section: str
    """Of the configuration, as fixes name it."""
    base_url: str | None
    api_key: str = field(repr=False)
    model: str

    async def look(self) -> Report:
        async with AsyncOpenAI(
            base_url=self.base_url, api_key=self.api_key, timeout=WITHIN_S, max_retries=0
        ) as client:
            try:
                known = [one.id async for one in client.models.list()]
            except OpenAIError as error:
                return self._refused(error)
        if self.model in known:
            return Report(facts=(f"{self.model} is there.",))
        near = get_close_matches(self.model, known, n=3, cutoff=0.3)
        return Report.of(
            Problem(
                code="model_unknown",
                message=f"There is no model {self.model} at {self._where}.",
                fix=f"Correct {self.section}.model"
                + (f"; near it are {', '.join(near)}." if near else "."),
            )
        )

    def _refused(self, error: OpenAIError) -> Report:
        match error:
            case AuthenticationError() | PermissionDeniedError():
                return Report.of(
                    Problem(
                        code="model_key_refused",
                        message=f"{self._where} refuses the key.",
                        fix=f"Set {self.section}.api_key to a key that is valid there.",
                    )
                )
            case APIConnectionError():
                return Report.of(
                    Problem(
                        code="model_unreachable",
                        message=f"Nothing answers at {self._where}.",
                        fix=f"Start it, or correct {self.section}.base_url; check the way out.",
                    )
                )
            case NotFoundError() if self.base_url is not None:
                return self._no_list()
            case APIStatusError() if error.status_code in OFFERS_NO_LIST:
                return self._no_list()
            case _:
                return Report.of(
                    Problem(
                        code="model_failing",
                        message=f"{self._where} fails ({type(error).__name__}).",
                        fix="Ask again in a minute, and see the provider's status page.",
                    )
                )

    def _no_list(self) -> Report:
        return Report.of(
            Problem(
                code="model_list_missing",
                message=f"{self._where} answers, and does not list models as OpenAI's API does.",
                fix=f"See that {self.section}.base_url ends as the server wants it, often in /v1.",
            )
        )

    @property
    def _where(self) -> str:
        return self.base_url or "api.openai.com"
