"""`vxpipe keys` as an operator uses it: with a service that runs on the data folder, and without."""

import asyncio
import re
from pathlib import Path

import aiohttp

from integration.service import service
from integration.test_cli import vxpipe

KEY = re.compile(r"vxp_([0-9a-f]{12})_[0-9a-f]{64}")


async def answered(url: str, key: str, wanted: int) -> None:
    """Ask until the service answers so; a change of keys takes effect within seconds."""
    async with asyncio.timeout(10), aiohttp.ClientSession() as session:
        while True:
            async with session.get(f"{url}/jobs", headers={"X-API-Key": key}) as answer:
                if answer.status == wanted:
                    return
            await asyncio.sleep(0.1)


async def test_keys_are_made_and_revoked_while_the_service_runs(tmp_path: Path) -> None:
    data = {"VXPIPE_DATA_DIR": str(tmp_path / "data")}
    async with service(tmp_path) as running:
        made = await vxpipe(tmp_path, "keys", "create", "studio", "--scope", "read", "--scope", "submit", **data)
        key = made.stdout.strip()
        found = KEY.fullmatch(key)
        assert found, made.stderr
        await answered(running.url, "another", 401)  # it was open to this machine before there was a key
        await answered(running.url, key, 200)
        second = await vxpipe(tmp_path, "keys", "create", "office", "--scope", "read", **data)
        await vxpipe(tmp_path, "keys", "revoke", second.stdout.split("_")[1], **data)

        revoked = await vxpipe(tmp_path, "keys", "revoke", found[1], **data)
        await answered(running.url, key, 401)

        listed = await vxpipe(tmp_path, "keys", "list", **data)

    assert (made.returncode, revoked.returncode, listed.returncode) == (0, 0, 0)
    assert "A running service asks everybody for a key from now on" in made.stderr
    assert second.stdout
    assert "from now on" not in second.stderr
    assert revoked.stderr == (
        f"key {found[1]} is revoked\nNo key is left: a running service lets nobody in, until it is started again.\n"
    )
    assert re.search(rf"{found[1]} +revoked .* read,submit +studio", listed.stdout)
    secret = key.rsplit("_", 1)[1]
    assert secret not in listed.stdout + listed.stderr + made.stderr + running.said()
    assert all(secret.encode() not in path.read_bytes() for path in (tmp_path / "data").glob("vxpipe.db*"))


async def test_with_a_stored_key_any_address_may_be_listened_on(tmp_path: Path) -> None:
    settings = {"VXPIPE_DATA_DIR": str(tmp_path / "data"), "VXPIPE_HOST": "0.0.0.0", "VXPIPE_PORT": "0"}
    refused = await vxpipe(tmp_path, "serve", **settings)
    made = await vxpipe(tmp_path, "keys", "create", "studio", "--scope", "admin", "--expires", "30", **settings)

    async with service(tmp_path, VXPIPE_HOST="0.0.0.0") as running:
        await answered(running.url.replace("0.0.0.0", "127.0.0.1"), made.stdout.strip(), 200)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert re.fullmatch(r"vxpipe: VXPIPE_HOST is 0\.0\.0\.0, .*`vxpipe keys create`.*\n", refused.stderr)


async def test_a_wrong_use_of_keys_is_one_line(tmp_path: Path) -> None:
    data = {"VXPIPE_DATA_DIR": str(tmp_path / "data")}

    unknown = await vxpipe(tmp_path, "keys", "revoke", "nobody", **data)
    nameless = await vxpipe(tmp_path, "keys", "create", " ", "--scope", "read", **data)
    scopeless = await vxpipe(tmp_path, "keys", "create", "studio", **data)
    boundless = await vxpipe(tmp_path, "keys", "create", "studio", "--scope", "all", **data)

    assert [done.returncode for done in (unknown, nameless, scopeless, boundless)] == [2, 2, 2, 2]
    assert unknown.stderr.startswith("vxpipe: there is no key 'nobody'")
    assert nameless.stderr.startswith("vxpipe: a name has 1 to 100")
    assert "--scope" in scopeless.stderr
    assert "submit" in boundless.stderr
