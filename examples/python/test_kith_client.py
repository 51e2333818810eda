"""What a real server seldom does, done by one that follows a script: gaps, other epochs, resets, refusals, silence.

`python3 -m unittest` in this folder runs them. Letters with a number are the rules of docs/protocol/v1.md.
"""

import asyncio
import json
import os
import tempfile
import unittest

import websockets

import kith_client
from kith_client import Client, Stopped
from kith_log import Log

C, ME, OTHER = (f"01890a5d-ac96-774b-bcce-b302099a80{end}" for end in ("57", "58", "59"))
VECTORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../packages/protocol/vectors/server.json")


def entry(seq, epoch=1, **fields):
    return {"conversation": C, "epoch": epoch, "seq": seq, "n": seq, "at": seq, "author": OTHER,
            "kind": "message.sent", "body": {"text": f"{epoch}/{seq}"}, **fields}


def summary(head, pushed_after, epoch=1, **fields):
    return {"id": C, "kind": "direct", "name": None, "epoch": epoch, "first": 1, "head": head, "pushedAfter": pushed_after,
            "delivered": 0, "read": 0, "role": "member", "last": None, **fields}


def welcome(*summaries, **fields):
    return {"type": "welcome", "heartbeatMs": 30_000, "serverTime": 0, "authUntil": None, "since": "c1", "reset": False,
            "conversations": summaries, "users": {}, "more": False, **fields}


def page(*entries, head, epoch=1, first=1):
    return {"epoch": epoch, "first": first, "head": head, "entries": entries}


def written(command):
    return {"conversation": C, "epoch": 1, "seq": 100 + command["id"], "at": 0, "duplicate": False}


class Script:
    """A server of one connection after the other; what each says is told by a test, a coroutine for each."""

    def __init__(self, *connections):
        self._connections = list(connections)

    async def __call__(self, socket, _path=None):
        self.socket = socket
        await self._connections.pop(0)(self)
        await socket.wait_closed()

    async def say(self, *frames):
        for frame in frames:
            await self.socket.send(json.dumps(frame))

    async def heard(self, kind, name=None):
        """The next frame of that type; others are passed over."""
        while True:
            frame = json.loads(await self.socket.recv())
            if frame["type"] == kind and name in (None, frame.get("name")):
                return frame

    async def answer(self, name, result):
        """Answers the next command of that name, and gives its fields."""
        command = await self.heard("command", name)
        result = result(command) if callable(result) else result
        if "code" in result:
            await self.say({"type": "error", "id": command["id"], "message": "", **result})
        else:
            await self.say({"type": "ack", "id": command["id"], "result": result})
        return command["params"]


class AClient(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.log = Log(os.path.join(self.folder.name, "log"))
        self.addCleanup(self.folder.cleanup)
        self.addCleanup(self.log.close)
        self.log.put("me", ME)
        self.log.put("device", "d")
        self.log.put("tokens", {"accessToken": "t", "refreshToken": "r", "expiresAt": 0})
        kith_client.MARKS_S = 0.05

    def texts(self):
        return [each["body"].get("text", each["kind"]) for each in self.log.entries(C)]

    async def meet(self, *connections, until=lambda: True):
        """Runs the client against the script, until the last connection's part is over and `until` holds."""
        played, faults = [], []

        def part(connection):
            async def play(script):
                try:
                    await connection(script)
                    played.append(connection)
                except Exception as fault:  # raised below: the library would only log it
                    faults.append(fault)
            return play

        script = Script(*(part(connection) for connection in connections))
        async with websockets.serve(script, "127.0.0.1", 0, subprotocols=["kith.v1"]) as server:
            self.log.put("server", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
            self.client = Client(self.log)
            running = asyncio.create_task(self.client.run())
            try:
                for _ in range(1_000):
                    if running.done():
                        running.result()
                    if faults:
                        raise faults[0]
                    if len(played) == len(connections) and until():
                        return
                    await asyncio.sleep(0.01)
                self.fail(f"{len(played)} of {len(connections)} connections went as they should")
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)

    def test_keeps_the_first_of_two_and_erased_over_it(self):  # C3
        for each in (entry(1), entry(1, body={"text": "again"}), entry(2), entry(2, body={}, erased=True), entry(2)):
            self.log.add_entry(each)
        self.assertEqual(self.log.entries(C), [entry(1), entry(2, body={}, erased=True)])

    def test_keeps_entries_of_the_vectors_as_they_came(self):  # U1, M8
        with open(VECTORS, encoding="utf-8") as file:
            entries = [vector["frame"] for vector in json.load(file) if vector["frame"]["type"] == "entry"]
        self.assertIn("hidden", [each["kind"] for each in entries])
        self.assertIn("poll.opened", [each["kind"] for each in entries])
        for number, each in enumerate(entries):
            self.log.add_entry({**each, "conversation": C, "epoch": 1, "seq": number + 1})
        held = [(each["kind"], each["body"], each["n"]) for each in self.log.entries(C)]
        self.assertEqual(held, [(each["kind"], each["body"], each["n"]) for each in entries])

    def test_sees_no_hole_below_first(self):  # M7
        self.log.add_summary(summary(9, 9, first=8))
        self.log.add_entry(entry(8))
        self.log.add_entry(entry(9))
        self.assertEqual((self.texts(), self.log.conversation(C)["have"]), (["1/8", "1/9"], 9))
        self.log.add_summary(summary(9, 9, first=9))
        self.assertEqual(self.texts(), ["1/9"])

    async def test_reads_what_a_gap_left_out_and_marks_it_delivered(self):  # C3, M12
        async def connection(server):
            self.assertNotIn("since", await server.heard("hello"))
            await server.say(welcome(summary(1, 0)), {"type": "entry", **entry(1)})
            await server.say({"type": "gap", "conversation": C, "epoch": 1, "after": 1, "head": 3}, {"type": "entry", **entry(4)})
            asked = await server.answer("entries.read", page(entry(2), head=4))  # a short page is not the end
            self.assertEqual((asked["after"], asked["epoch"]), (1, 1))
            self.assertEqual((await server.answer("entries.read", page(entry(3), entry(4), head=4)))["after"], 2)
            while (await server.heard("signal", "marks"))["delivered"] != 4:
                pass

        await self.meet(connection, until=lambda: self.client.caught_up)
        self.assertEqual((self.texts(), self.log.get("cursor")), (["1/1", "1/2", "1/3", "1/4"], "c1"))

    async def test_reads_what_an_earlier_connection_announced_and_did_not_bring(self):  # C8
        async def cut(server):
            await server.heard("hello")
            await server.say(welcome(summary(3, 0), since="c2"), {"type": "entry", **entry(1)}, {"type": "surprise"})
            while (await server.heard("signal", "marks"))["delivered"] != 1:
                pass
            await server.socket.close(4001)

        async def unlisted(server):
            self.assertEqual((await server.heard("hello"))["since"], "c2")
            await server.say(welcome(since="c3"))
            self.assertEqual((await server.answer("entries.read", page(entry(2), entry(3), head=3)))["after"], 1)

        await self.meet(cut, unlisted, until=lambda: self.client.caught_up)
        self.assertEqual(self.texts(), ["1/1", "1/2", "1/3"])

    async def test_discards_another_epoch_and_sends_again_what_was_acknowledged(self):  # M6
        self.log.add_summary(summary(2, 2))
        for each in (entry(1), entry(2)):
            self.log.add_entry(each)
        key = self.log.queue(C, "mine")
        self.log.answer(key, 2)

        async def connection(server):
            await server.heard("hello")
            await server.say(welcome(summary(1, 1, epoch=7)))
            commands = [await server.heard("command"), await server.heard("command")]
            sent, read = sorted(commands, key=lambda command: command["name"] == "entries.read")
            self.assertEqual((sent["params"]["key"], "after" in read["params"]), (key, False))
            await server.say({"type": "ack", "id": sent["id"], "result": written(sent)},
                             {"type": "ack", "id": read["id"], "result": page(entry(1, 7), head=1, epoch=7)})

        await self.meet(connection, until=lambda: self.client.caught_up)
        self.assertEqual(self.texts(), ["7/1"])

    async def test_starts_over_where_a_read_tells_of_another_epoch(self):
        self.log.add_summary(summary(3, 3))
        self.log.add_entry(entry(1))

        async def connection(server):
            await server.heard("hello")
            await server.say(welcome())
            await server.answer("entries.read", {"code": "epoch_changed", "retry": "new_key"})
            self.assertNotIn("epoch", await server.answer("entries.read", page(entry(1, 7), head=1, epoch=7)))

        await self.meet(connection, until=lambda: self.client.caught_up)
        self.assertEqual(self.texts(), ["7/1"])

    async def test_forgets_after_a_reset_what_is_not_there_any_more(self):  # C9
        self.log.add_summary(summary(1, 1))
        self.log.add_entry(entry(1))
        self.log.put("cursor", "old")

        async def connection(server):
            self.assertEqual((await server.heard("hello"))["since"], "old")
            await server.say(welcome(reset=True))
            await server.answer("entries.read", {"code": "not_found", "retry": "new_key"})

        await self.meet(connection, until=lambda: self.client.caught_up)
        self.assertEqual((self.texts(), self.log.conversations(), self.log.get("cursor")), ([], [], "c1"))

    async def test_keeps_no_cursor_before_the_last_page_of_the_list(self):  # C4
        async def connection(server):
            await server.heard("hello")
            await server.say(welcome(more=True), {"type": "synced", "since": "too early"})
            asked = await server.answer("conversations.list", {"items": [], "next": "p2", "since": None, "users": {}})
            self.assertNotIn("cursor", asked)
            self.assertIsNone(self.log.get("cursor"))
            last = {"items": [summary(1, 1)], "next": None, "since": "c5", "users": {}}
            self.assertEqual((await server.answer("conversations.list", last))["cursor"], "p2")
            await server.answer("entries.read", page(entry(1), head=1))

        await self.meet(connection, until=lambda: self.client.caught_up)
        self.assertEqual((self.log.get("cursor"), self.texts()), ("c5", ["1/1"]))

    async def test_repeats_a_key_until_it_is_answered_and_keeps_the_order(self):  # M10, O2, E2
        one, two, three = (self.log.queue(C, text) for text in ("one", "two", "three"))
        said = []

        async def cut(server):
            await server.heard("hello")
            await server.say(welcome())
            said.append([(await server.heard("command"))["params"] for _ in range(3)])
            await server.socket.close()

        async def connection(server):
            await server.heard("hello")
            await server.say(welcome())
            refusals = ({"code": "unavailable", "retry": "same_key", "retryAfterMs": 1},
                        {"code": "out_of_order", "retry": "same_key"}, {"code": "out_of_order", "retry": "same_key"})
            said.append([await server.answer("message.send", refusal) for refusal in refusals])
            answers = (written, {"code": "forbidden", "retry": "new_key"}, {"code": "out_of_order", "retry": "same_key"})
            said.append([await server.answer("message.send", answer) for answer in answers])
            said.append([await server.answer("message.send", written)])

        await self.meet(cut, connection, until=lambda: not self.log.unanswered())
        chain = [(one, None), (two, one), (three, two)]
        self.assertEqual([[(send["key"], send.get("after")) for send in turn] for turn in said],
                         [chain, chain, chain, [(three, None)]])
        self.assertEqual([self.log.sent(key)["refused"] for key in (one, two, three)], [None, "forbidden", None])

    async def test_ends_when_it_is_told_to_as_an_answer_comes(self):
        answer = asyncio.get_running_loop().create_future()
        waiting = asyncio.create_task(Client(self.log)._end(answer))
        await asyncio.sleep(0)
        answer.set_result({"type": "ack", "id": 1, "result": {}})
        waiting.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await waiting

    async def test_pings_and_leaves_a_server_that_says_nothing(self):  # L1
        async def silent(server):
            await server.heard("hello")
            await server.say(welcome(heartbeatMs=100))
            await server.heard("ping")
            try:
                while True:
                    await server.socket.recv()
            except websockets.ConnectionClosed as closed:
                self.assertEqual(closed.rcvd.code, 4002)

        async def connection(server):
            self.assertEqual((await server.heard("hello"))["since"], "c1")

        await self.meet(silent, connection)

    async def test_stays_away_where_it_was_replaced(self):  # L4
        async def connection(server):
            await server.heard("hello")
            await server.say(welcome())
            await server.socket.close(4410)

        with self.assertRaises(Stopped):
            await self.meet(connection, until=lambda: False)


if __name__ == "__main__":
    unittest.main()
