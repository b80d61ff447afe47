"""The native stream by an implementation of RFC 6455 that speaks the protocol and nothing else: `wsproto`. It
judges every byte the server sends; the sockets, and how bytes are cut, are ours."""

import json
import socket
import unittest
from collections import deque
from urllib.parse import urlsplit

from test_stream import WAIT_S, Agent
from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import (
    AcceptConnection,
    CloseConnection,
    Message,
    Ping,
    Pong,
    RejectConnection,
    RejectData,
    Request,
    TextMessage,
)
from wsproto.extensions import PerMessageDeflate


class Peer:
    """One end of a WebSocket."""

    def __init__(self, agent):
        self.address = urlsplit(agent.url)
        self.protocol = WSConnection(ConnectionType.CLIENT)
        self.socket = socket.create_connection((self.address.hostname, self.address.port), WAIT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.events = deque()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def upgrade(self, path="/api/v1/stream", **options):
        options.setdefault("subprotocols", ["sightline.v1"])
        self.send(Request(host=self.address.netloc, target=path, **options))
        return self.next_event()

    def send(self, event, bytes_at_once=None):
        encoded = self.protocol.send(event)
        size = bytes_at_once or len(encoded)
        for start in range(0, len(encoded), size):
            self.socket.sendall(encoded[start : start + size])

    def say(self, **message):
        self.send(TextMessage(data=json.dumps(message)))

    def next_event(self):
        """What comes next; `None` when the server has closed the socket. Pings are answered on the way."""
        while True:
            while not self.events:
                received = self.socket.recv(4096)
                if not received:
                    return None
                self.protocol.receive_data(received)
                self.events.extend(self.protocol.events())
            event = self.events.popleft()
            if not isinstance(event, Ping):
                return event
            if self.protocol.state is ConnectionState.OPEN:
                self.send(event.response())

    def next_message(self, **fits):
        """The next whole message with these fields; what comes before it is dropped."""
        parts = []
        while event := self.next_event():
            if not isinstance(event, Message):
                continue
            parts.append(event.data)
            if event.message_finished:
                message = json.loads("".join(parts))
                parts.clear()
                if all(message.get(field) == value for field, value in fits.items()):
                    return message
        raise AssertionError(f"the socket was closed before {fits} came")


class Conformance(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.agent = cls.enterClassContext(Agent())

    def peer(self, **options):
        peer = self.enterContext(Peer(self.agent))
        self.assertIsInstance(peer.upgrade(**options), AcceptConnection)
        return peer

    def test_the_handshake_names_the_subprotocol_and_no_extension(self):
        for asked, echoed in [
            (["sightline.v1"], "sightline.v1"),
            (["chat", "sightline.v1"], "sightline.v1"),
            ([], None),
        ]:
            with self.subTest(asked=asked), Peer(self.agent) as peer:
                accepted = peer.upgrade(subprotocols=asked, extensions=[PerMessageDeflate()])
                self.assertIsInstance(accepted, AcceptConnection)
                self.assertEqual(accepted.subprotocol, echoed)
                self.assertEqual(accepted.extensions, [])
                self.assertEqual(peer.next_message()["type"], "connected")

    def test_a_path_without_a_stream_rejects_the_upgrade_in_words(self):
        with Peer(self.agent) as peer:
            rejected = peer.upgrade(path="/api/v1/kitchen")
            self.assertIsInstance(rejected, RejectConnection)
            self.assertEqual(rejected.status_code, 404)
            body = b""
            while isinstance(event := peer.next_event(), RejectData):
                body += event.data
                if event.body_finished:
                    break
            self.assertEqual(json.loads(body)["error"]["code"], "notFound")

    def test_a_message_in_fragments_with_pings_between_them_is_one_message(self):
        peer = self.peer()
        words = ['{"type":"subscribe",', '"channels":["overview",', '"processes"]}']
        for number, word in enumerate(words):
            last = number == len(words) - 1
            peer.send(TextMessage(data=word, message_finished=last), bytes_at_once=3)
            if not last:
                peer.send(Ping(payload=f"between {number}".encode()))
        pongs = []
        while len(pongs) < 2:
            event = peer.next_event()
            self.assertIsNotNone(event)
            if isinstance(event, Pong):
                pongs.append(bytes(event.payload))
        self.assertEqual(pongs, [b"between 0", b"between 1"])
        # Each channel begins with a key frame; either may have come before the last pong.
        for channel in ["overview", "processes"]:
            peer.next_message(type="frame", channel=channel)

    def test_every_frame_of_a_stream_is_well_made_and_follows_the_one_before(self):
        peer = self.peer()
        peer.say(type="subscribe", channels=["overview"])
        first = peer.next_message(type="frame")
        self.assertTrue(first["key"])
        for seq in [first["seq"] + 1, first["seq"] + 2]:
            self.assertEqual(peer.next_message(type="frame")["seq"], seq)
        peer.send(Ping(payload=bytes(range(125))))
        event = peer.next_event()
        while not isinstance(event, Pong):
            self.assertIsNotNone(event)
            event = peer.next_event()
        self.assertEqual(bytes(event.payload), bytes(range(125)))

    def test_a_close_is_answered_with_its_code_and_the_socket_is_closed(self):
        for code in [1000, 1001, 4321]:
            with self.subTest(code=code):
                peer = self.peer()
                peer.next_message(type="connected")
                peer.send(CloseConnection(code=code, reason="that was all, κόσμε"))
                closed = peer.next_event()
                self.assertIsInstance(closed, CloseConnection)
                self.assertEqual(closed.code, code)
                self.assertEqual(peer.protocol.state, ConnectionState.CLOSED)
                self.assertIsNone(peer.next_event())

    def test_a_message_past_its_bound_is_refused_in_words_and_then_closed(self):
        peer = self.peer()
        peer.next_message(type="connected")
        half = " " * 40_000
        peer.send(TextMessage(data=half, message_finished=False))
        peer.send(TextMessage(data=half))
        self.assertEqual(peer.next_message()["reason"], "tooLarge")
        closed = peer.next_event()
        self.assertIsInstance(closed, CloseConnection)
        self.assertEqual(closed.code, 1009)


if __name__ == "__main__":
    unittest.main()
