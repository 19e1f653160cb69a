"""What tenants and workloads have spent on models, in Postgres: held before each call, settled after it, exact over all pods.

An account has what is spent and what calls under way may still spend, each as money, tokens and calls. A call is held on
all its accounts or on none. Each UPDATE is atomic and has the limit in its condition: Postgres lets one call at a time
change an account's row, so that calls at once can't pass a limit together. Money is whole billionths of the currency.
"""
import asyncio
import os
import time
import uuid
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psycopg

SCHEMA = """
SELECT pg_advisory_xact_lock(7203116);
CREATE TABLE IF NOT EXISTS accounts (
  id text PRIMARY KEY,
  amount bigint NOT NULL DEFAULT 0, held_amount bigint NOT NULL DEFAULT 0,
  tokens bigint NOT NULL DEFAULT 0, held_tokens bigint NOT NULL DEFAULT 0,
  calls bigint NOT NULL DEFAULT 0, held_calls bigint NOT NULL DEFAULT 0,
  changed timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS holds (
  id uuid PRIMARY KEY, accounts text[] NOT NULL, amount bigint NOT NULL, tokens bigint NOT NULL, expires timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS holds_expires ON holds (expires);
DELETE FROM accounts WHERE changed < now() - interval '400 days' AND id NOT IN (SELECT unnest(accounts) FROM holds);
"""

TAKE = """
UPDATE accounts SET held_amount = held_amount + %(amount)s, held_tokens = held_tokens + %(tokens)s, held_calls = held_calls + 1,
  changed = now()
WHERE id = %(id)s
  AND (%(most_amount)s::bigint IS NULL OR amount + held_amount + %(amount)s <= %(most_amount)s)
  AND (%(most_tokens)s::bigint IS NULL OR tokens + held_tokens + %(tokens)s <= %(most_tokens)s)
  AND (%(most_calls)s::bigint IS NULL OR calls + held_calls + 1 <= %(most_calls)s)
"""

BOOK = """
UPDATE accounts SET amount = amount + %(spent_amount)s, tokens = tokens + %(spent_tokens)s, calls = calls + %(spent_calls)s,
  held_amount = held_amount - %(amount)s, held_tokens = held_tokens - %(tokens)s, held_calls = held_calls - 1, changed = now()
WHERE id = %(id)s
"""

FOUND = "SELECT amount, held_amount, tokens, held_tokens, calls, held_calls FROM accounts WHERE id = %s"
FOUND_ALL = "SELECT id, amount, held_amount, tokens, held_tokens, calls, held_calls FROM accounts WHERE id = ANY(%s)"

# Seconds. A ledger that doesn't answer stops all calls, so that it is asked for no longer.
CONNECT, STATEMENT = 5, 5
CONNECTIONS = 8
REAP_EVERY = 20


@dataclass(frozen=True)
class Account:
    """What a call is booked on: an id, what people call it, and its limits (None: no limit)."""

    id: str
    name: str
    amount: int | None = None
    tokens: int | None = None
    calls: int | None = None

    @property
    def limited(self):
        return self.amount is not None or self.tokens is not None


class OverBudget(Exception):
    """A call would pass a limit."""


class Unreachable(Exception):
    """The ledger can't be asked."""


def money(nano):
    """A decimal, as people write it."""
    text = f"{nano // 10**9}.{nano % 10**9:09d}".rstrip("0")
    return text[:-1] if text.endswith(".") else text


def reason(account, row, amount, tokens):
    """Why a call doesn't fit: the limit that is passed, with all its numbers."""
    spent, held, spent_tokens, held_tokens, calls, held_calls = row
    checks = (
        ("amount", account.amount, spent, held, amount, money),
        ("tokens", account.tokens, spent_tokens, held_tokens, tokens, str),
        ("calls", account.calls, calls, held_calls, 1, str),
    )
    for what, most, used, under_way, more, text in checks:
        if most is not None and used + under_way + more > most:
            return (
                f"budget exhausted: {account.name} may spend {text(most)} ({what}); {text(used)} is spent, "
                f"{text(under_way)} held by calls under way, and this call may need {text(more)}"
            )
    return f"budget exhausted: {account.name} had no room for this call"


class Ledger:
    """The ledger in the database that the environment names (PGHOST and so on); `hold_seconds`: how long a call may take."""

    def __init__(self, hold_seconds, password_file=None):
        self._hold_seconds, self._password_file = hold_seconds, password_file
        self._idle, self._slots, self._ready, self._reaped = [], asyncio.Semaphore(CONNECTIONS), False, 0.0

    async def hold(self, accounts, amount, tokens):
        """Holds the most that a call may spend on all accounts; returns the hold's id. OverBudget: on none."""
        if time.monotonic() - self._reaped > REAP_EVERY:
            async with self._transaction() as connection:
                await self._reap(connection)
            self._reaped = time.monotonic()
        async with self._transaction() as connection:
            hold = uuid.uuid4()
            for account in accounts:
                await connection.execute("INSERT INTO accounts (id) VALUES (%s) ON CONFLICT DO NOTHING", (account.id,))
                limits = {"most_amount": account.amount, "most_tokens": account.tokens, "most_calls": account.calls}
                taken = await connection.execute(TAKE, {"id": account.id, "amount": amount, "tokens": tokens, **limits})
                if taken.rowcount != 1:
                    row = await (await connection.execute(FOUND, (account.id,))).fetchone()
                    raise OverBudget(reason(account, row, amount, tokens))
            await connection.execute(
                "INSERT INTO holds VALUES (%s, %s, %s, %s, now() + make_interval(secs => %s))",
                (hold, [account.id for account in accounts], amount, tokens, self._hold_seconds),
            )
        return hold

    async def settle(self, hold, amount, tokens):
        """Books what a held call has spent; nothing where its time was over, and all that was held is booked already."""
        await self._book(hold, amount, tokens, 1)

    async def release(self, hold):
        """Gives back what a call held that has failed."""
        await self._book(hold, 0, 0, 0)

    async def spent(self, ids):
        """Account → (amount, held amount, tokens, held tokens, calls, held calls)."""
        async with self._transaction() as connection:
            rows = await (await connection.execute(FOUND_ALL, (list(ids),))).fetchall()
            return {row[0]: row[1:] for row in rows}

    def read(self, ids):
        """The same as spent(), for a thread without an event loop; None where the ledger can't be asked."""
        options = {"connect_timeout": CONNECT, "autocommit": True, "application_name": "model-gateway-metrics"}
        try:
            with psycopg.connect("", **options, **self._password()) as connection:
                return {row[0]: row[1:] for row in connection.execute(FOUND_ALL, (list(ids),)).fetchall()}
        except (psycopg.Error, OSError):
            return None

    async def _book(self, hold, amount, tokens, calls):
        async with self._transaction() as connection:
            deleted = await connection.execute("DELETE FROM holds WHERE id = %s RETURNING accounts, amount, tokens", (hold,))
            row = await deleted.fetchone()
            if row:
                await self._move(connection, row, amount, tokens, calls)

    async def _move(self, connection, row, amount, tokens, calls):
        accounts, held_amount, held_tokens = row
        # One after the other, in the order in which they are held, so that no two calls wait for each other.
        for account in accounts:
            values = {"id": account, "amount": held_amount, "tokens": held_tokens}
            spent = {"spent_amount": amount, "spent_tokens": tokens, "spent_calls": calls}
            await connection.execute(BOOK, {**values, **spent})

    async def _reap(self, connection):
        """Books all of holds whose gateway died: nobody knows whether the model was asked, and a budget must not be passed."""
        expired = "DELETE FROM holds WHERE id IN (SELECT id FROM holds WHERE expires < now() FOR UPDATE SKIP LOCKED)"
        rows = await (await connection.execute(f"{expired} RETURNING accounts, amount, tokens")).fetchall()
        for row in rows:
            await self._move(connection, row, row[1], row[2], 1)

    @asynccontextmanager
    async def _transaction(self):
        async with self._slots:
            connection = None
            try:
                connection = await self._connection()
                async with asyncio.timeout(STATEMENT), connection.transaction():
                    yield connection
            except OverBudget:
                self._idle.append(connection)
                raise
            except (psycopg.Error, OSError, TimeoutError) as error:
                # The others of that server are no better.
                broken, self._idle = [*self._idle, *([connection] if connection else [])], []
                for one in broken:
                    await one.close()
                raise Unreachable(f"{type(error).__name__}: {error}".split("\n")[0]) from error
            except BaseException:
                if connection:
                    await connection.close()
                raise
            else:
                self._idle.append(connection)

    def _password(self):
        if not self._password_file:
            return {}
        with open(self._password_file, encoding="utf-8") as file:
            return {"password": file.read().strip()}

    async def _connection(self):
        if self._idle:
            return self._idle.pop()
        options = {"connect_timeout": CONNECT, "autocommit": True, "application_name": "model-gateway"}
        async with asyncio.timeout(CONNECT):
            connection = await psycopg.AsyncConnection.connect("", **options, **self._password())
        if not self._ready:
            async with connection.transaction():
                await connection.execute(SCHEMA)
            self._ready = True
        return connection


def from_environment():
    """The ledger of this process, or None where the platform has no database for it."""
    if not os.environ.get("PGHOST"):
        return None
    return Ledger(int(os.environ.get("LEDGER_HOLD_SECONDS", "600")), os.environ.get("LEDGER_PASSWORD_FILE"))
