"""Checks that need nothing but the configuration: what is missing for what is wanted."""

from dataclasses import dataclass

from orchestrator.config import Config
from outreach.checkup import Problem, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteCheck:
    """Whether somebody could be reached at all with what is configured."""

    config: Config
    name: str = "configuration"

    async def look(self) -> Report:
        config, problems = self.config, []
        orders_calls = any(one.calls is not None for one in config.hosted.values())
        if config.twilio is None and not orders_calls:
            problems.append(
                Problem(
                    code="provider_missing",
                    message="No provider is configured: nobody can be contacted.",
                    fix="Add the section twilio, or calls of a platform under hosted, or run"
                    " `outreach simulator` and point twilio.base_url at it.",
                )
            )
        elif config.public_url is None:
            problems.append(
                Problem(
                    code="public_url_missing",
                    message="public_url is not set: no provider could ever report back.",
                    fix="Set public_url to the address at which providers reach this machine.",
                )
            )
        elif config.twilio is not None and not (
            config.twilio.voice_numbers or config.twilio.whatsapp_numbers or orders_calls
        ):
            problems.append(
                Problem(
                    code="no_numbers",
                    message="No number is configured to call or write from.",
                    fix="Set twilio.voice_numbers or twilio.whatsapp_numbers.",
                )
            )
        return Report(facts=("It can be read.",), problems=(*problems, *self._mind()))

    def _mind(self) -> list[Problem]:
        if self.config.llm is None:
            return [
                Problem(
                    code="model_missing",
                    message="No language model is configured: campaigns are refused.",
                    fix="Add the section llm with api_key, and base_url for a server of yours.",
                )
            ]
        has_numbers = self.config.twilio is not None and self.config.twilio.voice_numbers
        if self.config.speech is None and has_numbers:
            return [
                Problem(
                    code="speech_missing",
                    message="Numbers for calls are configured, and no speech: calls are refused.",
                    fix="Add the section speech with stt.api_key and tts.api_key.",
                )
            ]
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenCheck:
    """A report that was known before anybody looked."""

    name: str
    report: Report

    async def look(self) -> Report:
        return self.report
