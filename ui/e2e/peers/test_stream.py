"""The native stream as a Python program meets it: the `websockets` package, no code of ours."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

BUILT = Path(__file__).parents[3] / "target" / "debug" / "sightline-agent"
WAIT_S = 15


class Agent:
    """A real agent on a port and with a data folder of its own."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        program = os.environ.get("SIGHTLINE_AGENT", str(BUILT))
        arguments = ["serve", "--port", "0", "--data-dir", self.folder.name]
        self.process = subprocess.Popen(
            [program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        for line in self.process.stdout:
            if announced := re.match(r"Sightline is at (http:\S+)", line):
                self.url = announced[1]
                return self
        raise RuntimeError(f"the agent ended before it listened: {self.process.wait()}")

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.folder.cleanup()

    def connect(self, **options):
        options.setdefault("subprotocols", ["sightline.v1"])
        return connect(self.url.replace("http", "ws") + "/api/v1/stream", **options)


async def next_message(socket, **fits):
    """The next message with these fields; those before it are dropped."""
    async with asyncio.timeout(WAIT_S):
        while True:
            message = json.loads(await socket.recv())
            if all(message.get(field) == value for field, value in fits.items()):
                return message


async def say(socket, **message):
    await socket.send(json.dumps(message))


class Stream(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        cls.agent = cls.enterClassContext(Agent())

    async def test_the_first_message_says_which_machine_speaks(self):
        async with self.agent.connect() as socket:
            self.assertEqual(socket.subprotocol, "sightline.v1")
            connected = json.loads(await socket.recv())
            self.assertEqual(connected["type"], "connected")
            self.assertEqual(connected["protocol"], 1)
            self.assertGreater(connected["machine"]["cores"], 0)

    async def test_key_frames_come_first_and_changes_follow(self):
        async with self.agent.connect() as socket:
            await say(socket, type="subscribe", channels=["overview", "processes"])
            keys = {}
            while len(keys) < 2:
                frame = await next_message(socket, type="frame")
                if frame["channel"] not in keys:
                    self.assertTrue(frame["key"], frame["channel"])
                    keys[frame["channel"]] = frame["data"]
            frame = await next_message(socket, type="frame", channel="overview", key=False)
            self.assertEqual(len(frame["data"]["values"]), len(keys["overview"]["series"]))
            frame = await next_message(socket, type="frame", channel="processes", key=False)
            self.assertEqual(set(frame["data"]), {"added", "changed", "gone"})
            width = 2 + len(keys["processes"]["changing"])
            self.assertTrue(all(len(row) == width for row in frame["data"]["changed"]))

    async def test_protocol_pings_and_our_own_are_answered(self):
        async with self.agent.connect() as socket:
            async with asyncio.timeout(WAIT_S):
                await (await socket.ping())
            await say(socket, type="ping", id=3)
            self.assertEqual((await next_message(socket, type="pong"))["id"], 3)

    async def test_requests_are_answered_by_their_ids(self):
        async with self.agent.connect() as socket:
            await say(socket, type="subscribe", channels=["overview"])
            await next_message(socket, type="frame")
            await say(socket, type="request", id=1, method="snapshot")
            await say(socket, type="request", id=2, method="series.list")
            snapshot = (await next_message(socket, type="response", id=1))["result"]
            series = (await next_message(socket, type="response", id=2))["result"]
            self.assertEqual([it["id"] for it in series], [it["id"] for it in snapshot["series"]])
            await say(socket, type="request", id=3, method="no.such")
            answer = await next_message(socket, type="response", id=3)
            self.assertEqual(answer["error"]["code"], "unknownMethod")

    async def test_garbage_is_answered_and_the_session_goes_on(self):
        async with self.agent.connect() as socket:
            for garbage in ["{", "[]", '{"type":"reboot"}', b"\x00\xff"]:
                await socket.send(garbage)
                self.assertEqual((await next_message(socket, type="error"))["code"], "badMessage")
            await say(socket, type="subscribe", channels=["kitchen"])
            self.assertEqual((await next_message(socket, type="error"))["code"], "unknownChannel")
            await say(socket, type="ping", id=4)
            await next_message(socket, type="pong", id=4)

    async def test_foreign_origins_and_hosts_are_refused(self):
        for options, status in [
            ({"origin": "http://evil.test"}, 403),
            ({"additional_headers": {"Origin": "null"}}, 403),
        ]:
            with self.subTest(options=options), self.assertRaises(InvalidStatus) as refused:
                async with self.agent.connect(**options):
                    pass
            self.assertEqual(refused.exception.response.status_code, status)
        # The host of the address is another name for the same loopback address.
        port = self.agent.url.rsplit(":", 1)[1]
        with self.assertRaises(InvalidStatus) as refused:
            address = f"ws://evil.test:{port}/api/v1/stream"
            async with connect(address, host="127.0.0.1", port=int(port), proxy=None):
                pass
        self.assertEqual(refused.exception.response.status_code, 421)


@unittest.skipIf(sys.platform == "win32", "no signals")
class End(unittest.IsolatedAsyncioTestCase):
    async def test_an_agent_that_ends_says_goodbye(self):
        with Agent() as agent:
            async with agent.connect() as socket:
                await next_message(socket, type="connected")
                agent.process.send_signal(signal.SIGTERM)
                self.assertEqual((await next_message(socket, type="goodbye"))["reason"], "shutdown")
                with self.assertRaises(ConnectionClosed):
                    async with asyncio.timeout(WAIT_S):
                        await socket.recv()
                self.assertEqual(socket.close_code, 1001)
            self.assertEqual(await asyncio.to_thread(agent.process.wait, 5), 0)


if __name__ == "__main__":
    unittest.main()
