"""Deletes recordings that lie at Twilio."""

from dataclasses import dataclass

from channels.base import Absent, Unavailable
from channels.twilio_find import TROUBLE, nothing_found
from channels.twilio_http import TwilioPool


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioRecordings:
    pool: TwilioPool

    async def delete(self, ref: str) -> None:
        """Returns when Twilio has said that it is gone, now or before. May be repeated.

        Raises:
            Unavailable: nobody knows; trying later can help.
        """
        client = self.pool.client(self.pool.messenger())
        try:
            await client.recordings(ref).delete_async()
        except TROUBLE as error:
            if not isinstance(nothing_found(error), Absent):
                raise Unavailable("recording_not_deleted") from error

    async def close(self) -> None:
        await self.pool.close()
