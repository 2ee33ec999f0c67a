"""The documents that the engine works by, read once per version: a version never changes."""

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.campaign import Campaign
from outreach.documents import KINDS, Document
from storage.documents import Named, Version, newest, read


@dataclass(slots=True, eq=False)
class Library:
    """Checked documents by version; the least recently used are forgotten."""

    shelf_size: int = 500
    _shelf: "OrderedDict[Version, Document]" = field(default_factory=OrderedDict)

    async def fetch(
        self, tx: AsyncConnection, wanted: Collection[Version]
    ) -> dict[Version, Document]:
        """Those of these versions that exist."""
        missing = [one for one in wanted if one not in self._shelf]
        for version, body in (await read(tx, missing)).items():
            self._shelf[version] = KINDS[version.kind].model_validate(body)
        found = {one: self._shelf[one] for one in wanted if one in self._shelf}
        for one in found:
            self._shelf.move_to_end(one)
        while len(self._shelf) > self.shelf_size:
            self._shelf.popitem(last=False)
        return found

    async def campaign(self, tx: AsyncConnection, name: str, version: int) -> Campaign:
        """Raises KeyError when a campaign's row names a document that does not exist."""
        key = Version("campaign", name, version)
        document = (await self.fetch(tx, [key]))[key]
        assert isinstance(document, Campaign)
        return document

    async def newest(
        self, tx: AsyncConnection, wanted: Collection[Named]
    ) -> dict[Named, tuple[int, Document]]:
        """The newest of each with its version; those that do not exist are absent."""
        versions = await newest(tx, wanted)
        keys = {name: Version(*name, version) for name, version in versions.items()}
        found = await self.fetch(tx, list(keys.values()))
        return {name: (key.version, found[key]) for name, key in keys.items()}
