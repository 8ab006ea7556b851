"""The KeyStore over SQL."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from vxpipe.access import ApiKey, Scope, Session
from vxpipe.errors import Conflict
from vxpipe.ports import KeyStore
from vxpipe.store.database import Database, Transaction
from vxpipe.store.schema import api_keys, sessions

_SESSIONS_OF_A_KEY = 20


class SqlKeys(KeyStore):
    """Keys and sessions in the database of the jobs: `most` live keys, and as many revoked ones, the newest."""

    def __init__(self, database: Database, *, most: int = 1000) -> None:
        self._database = database
        self._most = most

    async def keys(self) -> tuple[ApiKey, ...]:
        """See KeyStore."""
        query = sa.select(api_keys).order_by(api_keys.c.created_at, api_keys.c.id)
        async with self._database.read() as connection:
            return tuple(_key(row) for row in (await connection.execute(query)).mappings())

    async def add(self, key: ApiKey) -> None:
        """See KeyStore."""

        async def add(transaction: Transaction) -> None:
            count = await transaction.run(sa.select(sa.func.count()).where(api_keys.c.revoked_at.is_(None)))
            if count.scalar_one() >= self._most:
                raise Conflict(f"there are {self._most} keys already; revoke some", code="too_many_keys")
            await transaction.run(sa.insert(api_keys).values(_values(key)))

        await self._database.write(add, durable=True)

    async def revoke(self, key_id: str, *, at: datetime) -> bool:
        """See KeyStore."""
        is_revoked = api_keys.c.revoked_at.is_not(None)
        newest = sa.select(api_keys.c.id).where(is_revoked).order_by(api_keys.c.revoked_at.desc()).limit(self._most)

        async def revoke(transaction: Transaction) -> bool:
            changed = await transaction.run(
                sa.update(api_keys)
                .where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
                .values(revoked_at=at)
            )
            await transaction.run(sa.delete(sessions).where(sessions.c.key_id == key_id))
            await transaction.run(sa.delete(api_keys).where(is_revoked, api_keys.c.id.not_in(newest)))
            return bool(changed.rowcount)

        return await self._database.write(revoke, durable=True)

    async def add_session(self, digest: bytes, session: Session, *, now: datetime) -> None:
        """See KeyStore."""
        newest = (
            sa.select(sessions.c.digest)
            .where(sessions.c.key_id == session.key_id)
            .order_by(sessions.c.expires_at.desc())
            .limit(_SESSIONS_OF_A_KEY - 1)
        )

        async def add(transaction: Transaction) -> None:
            await transaction.run(sa.delete(sessions).where(sessions.c.expires_at <= now))
            is_ours = sessions.c.key_id == session.key_id
            await transaction.run(sa.delete(sessions).where(is_ours, sessions.c.digest.not_in(newest)))
            values = {"digest": digest.hex(), "key_id": session.key_id, "expires_at": session.expires_at}
            await transaction.run(sa.insert(sessions).values(values))

        await self._database.write(add, durable=False)

    async def session(self, digest: bytes) -> Session | None:
        """See KeyStore."""
        query = sa.select(sessions.c.key_id, sessions.c.expires_at).where(sessions.c.digest == digest.hex())
        async with self._database.read() as connection:
            row = (await connection.execute(query)).mappings().first()
        return Session(**row) if row else None

    async def end_session(self, digest: bytes) -> None:
        """See KeyStore."""

        async def end(transaction: Transaction) -> None:
            await transaction.run(sa.delete(sessions).where(sessions.c.digest == digest.hex()))

        await self._database.write(end, durable=True)


def _values(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "digest": key.digest.hex(),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
    }


def _key(row: sa.RowMapping) -> ApiKey:
    scopes = frozenset(Scope(scope) for scope in row["scopes"])
    return ApiKey(**{**row, "scopes": scopes, "digest": bytes.fromhex(row["digest"])})
