"""Past calls: pages of them, whether they were seen, and whom a typed text may mean."""

import time

from tuiphone.control import history, protocol
from tuiphone.engine.service import Handlers, Service


class HistoryService(Service):
    """Answers what is asked of the history."""

    @property
    def handlers(self) -> Handlers:
        return {history.ReadHistory: self.read, history.SeeMissed: self.see_missed, history.Suggest: self.suggest}

    async def read(self, query: history.ReadHistory) -> history.HistoryPage:
        """A page of history."""
        limit = max(1, min(query.limit, protocol.MAX_PAGE))
        page = await self.parts.history.page(
            text=query.text, account=query.account, missed=query.missed, before=query.before, limit=limit
        )
        return history.HistoryPage(page.records, page.total)

    async def see_missed(self, _: history.SeeMissed) -> None:
        """Missed calls have been looked at."""
        await self.parts.history.mark_seen()

    async def suggest(self, query: history.Suggest) -> history.Suggestions:
        """Whom the typed text may mean."""
        peers = await self.parts.history.peers(query.text, now=time.time(), limit=max(1, min(query.limit, 50)))
        return history.Suggestions(
            tuple(history.Suggestion(found.address, found.account, found.calls, found.last_at) for found in peers)
        )
