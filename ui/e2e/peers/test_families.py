"""Metrics dashboards as their authors write them in Python: `websockets` for the sockets and `httpx` for the rest,
no code of ours and no token."""

import asyncio
import json
import unittest
from datetime import datetime, timedelta

import httpx
from test_stream import WAIT_S, Agent
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

NUMBERS = [
    "cpu_percent",
    "memory_percent",
    "memory_used_mb",
    "memory_total_mb",
    "disk_percent",
    "disk_used_gb",
    "disk_total_gb",
]
NETWORK = ["bytes_sent", "bytes_recv", "sent_per_sec", "recv_per_sec"]


async def receive(socket):
    async with asyncio.timeout(WAIT_S):
        return json.loads(await socket.recv())


def when(message):
    return datetime.fromisoformat(message["timestamp"])


class MetricsDashboard(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        cls.agent = cls.enterClassContext(Agent())

    async def asyncSetUp(self):
        client = httpx.AsyncClient(base_url=self.agent.url, timeout=WAIT_S)
        self.http = await self.enterAsyncContext(client)

    def connect(self, path, **options):
        return connect(self.agent.url.replace("http", "ws") + path, **options)

    def check_numbers(self, numbers):
        self.assertEqual(set(numbers), {"timestamp", *NUMBERS, "network"})
        self.assertEqual(set(numbers["network"]), set(NETWORK))
        for name in NUMBERS:
            self.assertIsInstance(numbers[name], float, name)
        for name in NETWORK:
            self.assertGreaterEqual(numbers["network"][name], 0, name)
        for name in ["cpu_percent", "memory_percent", "disk_percent"]:
            self.assertTrue(0 <= numbers[name] <= 100, numbers)
        self.assertAlmostEqual(
            numbers["memory_percent"],
            numbers["memory_used_mb"] / numbers["memory_total_mb"] * 100,
            delta=0.1,
        )
        self.assertEqual(when(numbers).utcoffset(), timedelta())

    async def test_numbers_come_at_once_and_every_five_seconds(self):
        async with self.connect("/api/ws/ws") as socket:
            first, second = await receive(socket), await receive(socket)
        self.check_numbers(first)
        self.check_numbers(second)
        # Each tells of the newest sample, which may be a tick old.
        self.assertAlmostEqual((when(second) - when(first)).total_seconds(), 5, delta=2)

    async def test_the_same_numbers_are_there_for_those_who_poll(self):
        answer = await self.http.get("/api/metrics/current")
        self.assertEqual(answer.status_code, 200)
        self.check_numbers(answer.json())
        self.assertEqual((await self.http.get("/health")).status_code, 200)
        docs = await self.http.get("/docs", follow_redirects=True)
        self.assertEqual((docs.status_code, docs.url.path), (200, "/api/docs"))

    async def test_the_last_minutes_are_a_list_of_points(self):
        units = {"cpu": "percent", "memory": "percent", "disk": "percent", "network": "bytes_per_sec"}
        for metric, unit in units.items():
            with self.subTest(metric=metric):
                answer = await self.http.get(f"/api/metrics/{metric}", params={"minutes": 5})
                history = answer.json()
                self.assertEqual((history["metric"], history["unit"]), (metric, unit))
                times = [when(point) for point in history["points"]]
                self.assertEqual(times, sorted(times))
                self.assertTrue(all(isinstance(point["value"], float) for point in history["points"]))
        self.assertEqual((await self.http.get("/api/metrics/weather")).status_code, 404)
        self.assertEqual((await self.http.get("/api/metrics/cpu?minutes=soon")).status_code, 400)

    async def test_an_alert_that_is_broadcast_reaches_every_socket(self):
        alert = {"severity": "critical", "title": "Disk full", "message": "/home is full", "source": "backup"}
        async with self.connect("/api/ws/ws/alerts") as one, self.connect("/api/ws/ws/alerts") as other:
            answer = await self.http.post("/api/ws/broadcast/alert", json=alert)
            self.assertEqual((answer.status_code, answer.json()), (200, {"delivered": 2}))
            for socket in [one, other]:
                message = await receive(socket)
                self.assertEqual((message["type"], message["data"]), ("alert", alert))
                self.assertEqual(when(message).utcoffset(), timedelta())
            # Each one counts: many at once come all, in their order.
            titles = [f"Number {number}" for number in range(50)]
            for title in titles:
                await self.http.post("/api/ws/broadcast/alert", json={**alert, "title": title})
            self.assertEqual([(await receive(other))["data"]["title"] for _ in titles], titles)

    async def test_what_is_no_alert_is_refused_with_a_sentence(self):
        good = {"severity": "info", "title": "Backup", "message": "done"}
        cases = [
            ({"data": good}, 415),
            ({"content": json.dumps(good)}, 415),
            ({"json": {**good, "severity": "grave"}}, 422),
            ({"json": {**good, "title": ""}}, 422),
            ({"json": {**good, "message": "x" * 70_000}}, 413),
            ({"content": "{", "headers": {"Content-Type": "application/json"}}, 400),
            ({"json": good, "headers": {"Origin": "http://evil.test"}}, 403),
        ]
        for request, status in cases:
            with self.subTest(request=str(request)[:80]):
                answer = await self.http.post("/api/ws/broadcast/alert", **request)
                self.assertEqual(answer.status_code, status)
                self.assertTrue(answer.json()["error"]["message"])

    async def test_whatever_is_said_the_connection_lives_on(self):
        for path in ["/api/ws/ws", "/api/ws/ws/alerts"]:
            with self.subTest(path=path):
                async with self.connect(path) as socket:
                    for garbage in ["{", "ping", '{"type":"subscribe","channels":["weather"]}', b"\x00\xff"]:
                        await socket.send(garbage)
                    async with asyncio.timeout(WAIT_S):
                        await (await socket.ping())

    async def test_scripts_of_other_pages_get_no_socket(self):
        for path in ["/api/ws/ws", "/api/ws/ws/alerts"]:
            with self.subTest(path=path), self.assertRaises(InvalidStatus) as refused:
                async with self.connect(path, origin="http://evil.test"):
                    pass
            self.assertEqual(refused.exception.response.status_code, 403)


if __name__ == "__main__":
    unittest.main()
