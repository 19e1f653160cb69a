"""Serves several parties by turns: who asks for much waits for its own requests, not others for it."""
import asyncio
from collections import OrderedDict, deque
from contextlib import asynccontextmanager


class Turns:
    """So many slots at once; a slot that becomes free goes to the party that has waited longest for its turn."""

    def __init__(self, slots):
        self._free = slots
        self._waiting = OrderedDict()

    @asynccontextmanager
    async def slot(self, party):
        await self._take(party)
        try:
            yield
        finally:
            self._give()

    async def _take(self, party):
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(party, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            # Its client may go just when its turn has come.
            if not turn.cancelled():
                self._give()
            raise

    def _give(self):
        while self._waiting:
            party, turns = self._waiting.popitem(last=False)
            turn = turns.popleft()
            if turns:
                self._waiting[party] = turns
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
