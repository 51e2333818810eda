"""A client of Kith, written from docs/protocol/v1.md alone: one WebSocket, a log on disk, an outbox.

`Client.run` stays connected until it is cancelled and keeps the log (kith_log.py) equal to the server's:
it resumes with its cursor, reads what was left out, and repeats sends with their keys until each is
answered. Letters with a number are the rules of that page.
"""

import asyncio
import json
import time
import uuid

import websockets
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from kith_session import CLIENT, Backoff, Refused, SignedOut, renew_tokens

LARGEST_FRAME = 64 * 1024 * 1024  # W9; the library's own bound is 1 MiB
ANSWER_S = 30  # a command without an answer by then is repeated on a new connection (W7)
SENDS_AT_ONCE = 16  # below limits.pending (W7)
MARKS_S = 2  # G3
STEADY_S = 30  # L4


class Stopped(Exception):
    """The server says that connecting again in the same way is no use (L4)."""


class Client:
    def __init__(self, log, on_change=lambda: None):
        self.log = log
        self.caught_up = False
        self._on_change = on_change
        self._instance = str(uuid.uuid4())
        self._queued = asyncio.Event()
        self._takes = {"welcome": self._take_welcome, "ack": self._take_answer, "error": self._take_answer,
                       "entry": self._take_entry, "gap": self._take_gap, "conversation": self._take_conversation,
                       "synced": self._take_synced, "signal": self._take_signal, "bye": self._take_bye}

    def send(self, conversation, text):
        """Puts a message into the outbox and gives its key. It goes now, or when there is a connection."""
        if not text or "\0" in text or len(text.encode("utf-16-le")) // 2 > 16_000:  # half a pair raises too (M4)
            raise ValueError("a text has 1 to 16,000 UTF-16 units, and no U+0000")
        key = self.log.queue(conversation, text)
        self._queued.set()
        return key

    async def run(self):
        backoff, renewed = Backoff(), False
        while True:
            self._bye_s, self._welcomed_at = 0, None
            code = await self._connect_once()
            self.caught_up = False
            if self._welcomed_at is not None:
                renewed = False
                if time.monotonic() - self._welcomed_at >= STEADY_S:
                    backoff.reset()
            if code == 4401 and not renewed:
                await renew_tokens(self.log)
                renewed = True
            elif code in (4401, 4403):
                raise SignedOut
            elif code is not None and 4400 <= code <= 4499:
                raise Stopped(f"the server closed with {code}")
            await asyncio.sleep(max(self._bye_s, backoff.next_s()))

    # One connection

    async def _connect_once(self):
        """Gives the code of the server's close frame, or None where there was none."""
        address = self.log.get("server").replace("http", "ws", 1) + "/v1/ws"
        try:
            async with websockets.connect(address, subprotocols=["kith.v1"], max_size=LARGEST_FRAME, ping_interval=None,
                                          open_timeout=10, close_timeout=2) as socket:
                await self._converse(socket)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None
        except (OSError, InvalidHandshake):  # a TimeoutError is an OSError
            return None

    async def _converse(self, socket):
        self._socket, self._heard_at = socket, time.monotonic()
        self._answers, self._next_id = {}, 0
        self._wanted, self._marked, self._listing = {}, {}, False
        self._welcomed, self._holes, self._changed = asyncio.Event(), asyncio.Event(), asyncio.Event()
        since = self.log.get("cursor")
        await self._say(type="hello", token=self.log.get("tokens")["accessToken"], device=self.log.get("device"),
                        instance=self._instance, client=CLIENT, **({} if since is None else {"since": since}))
        work = (self._read, self._beat, self._store, self._list_rest, self._fill_holes, self._send_outbox,
                self._send_marks, self._renew_in_time)
        tasks = [asyncio.create_task(task()) for task in work]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.log.commit()
        for task in done:
            task.result()

    async def _say(self, **frame):
        await self._socket.send(json.dumps(frame))

    async def _read(self):
        while True:
            frame = json.loads(await self._socket.recv())
            self._heard_at = time.monotonic()
            take = self._takes.get(frame["type"])
            if take:  # another type is a later server's, and may be ignored (U5)
                take(frame)
                self._changed.set()

    async def _beat(self):
        """The library answers pings unseen, so this side asks too (L1)."""
        async with asyncio.timeout(ANSWER_S):
            await self._welcomed.wait()
        while True:
            await asyncio.sleep(self._heartbeat_s / 2)
            if time.monotonic() - self._heard_at > 2 * self._heartbeat_s:
                await self._socket.close(4002)
            await self._say(type="ping")

    async def _store(self):
        """One commit for all that came within a few milliseconds, and then word to who watches."""
        while True:
            await self._changed.wait()
            await asyncio.sleep(0.02)
            self._changed.clear()
            self.log.commit()
            self._queued.set()  # a discarded log puts messages back into the outbox
            self.caught_up = self._welcomed.is_set() and not self._listing and not self._wanted and all(
                row["have"] >= row["head"] for row in self.log.conversations())
            self._on_change()

    # Frames of the server

    def _take_welcome(self, welcome):
        self._welcomed_at = time.monotonic()
        self._heartbeat_s = welcome["heartbeatMs"] / 1000
        self._auth_until, self._server_ahead_s = welcome["authUntil"], welcome["serverTime"] / 1000 - time.time()
        self.log.add_users(welcome["users"])
        for row in self.log.conversations():
            # What an earlier connection announced doesn't come by itself any more (C8). After a reset even what
            # is whole is asked for, since it may be gone (C9).
            if welcome["reset"] or row["have"] < row["head"]:
                self._want(row["id"], max(row["head"], row["have"] + 1))
        self._take_summaries(welcome["conversations"])
        self._listing = welcome["more"]
        if not welcome["more"]:
            self.log.put("cursor", welcome["since"])
        self._welcomed.set()

    def _take_summaries(self, summaries):
        for summary in summaries:
            self.log.add_summary(summary)
            self._want(summary["id"], summary["pushedAfter"])

    def _take_conversation(self, frame):
        self.log.add_users(frame.get("users", {}))
        self._take_summaries([frame["summary"]])

    def _take_entry(self, entry):
        self.log.add_entry(entry)
        self._want(entry["conversation"], entry["seq"] - 1)

    def _take_gap(self, gap):
        self.log.add_gap(gap)
        self._want(gap["conversation"], gap["head"])

    def _take_synced(self, synced):
        if not self._listing:  # C4
            self.log.put("cursor", synced["since"])

    def _take_signal(self, signal):
        for marks in signal["marks"] if signal["name"] == "marks" else ():
            if marks["user"] == self.log.get("me"):
                self.log.add_own_marks(signal["conversation"], signal["epoch"], marks)

    def _take_answer(self, frame):
        answer = self._answers.pop(frame.get("id"), None)
        if answer is not None and not answer.done():
            answer.set_result(frame)

    def _take_bye(self, bye):
        self._bye_s = max(bye["afterMs"] / 1000, 10 if bye["code"] == "too_many_connections" else 0)

    def _want(self, conversation, up_to):
        """Everything up to here is to be held; what is missing of it doesn't come by itself."""
        row = self.log.conversation(conversation)
        if row is None or row["have"] < up_to:
            self._wanted[conversation] = max(up_to, self._wanted.get(conversation, 0))
            self._holes.set()

    # Commands

    async def _begin(self, name, **fields):
        self._next_id += 1
        answer = self._answers[self._next_id] = asyncio.get_running_loop().create_future()
        await self._say(type="command", id=self._next_id, name=name, params=fields)
        return answer

    async def _end(self, answer):
        async with asyncio.timeout(ANSWER_S):  # not wait_for: in 3.11 that may lose a cancellation
            frame = await answer
        if frame["type"] == "error":
            raise Refused(frame)
        return frame["result"]

    async def _ask(self, name, **fields):
        """For commands that only read: repeated for as long as that may help (E2)."""
        backoff = Backoff()
        while True:
            try:
                return await self._end(await self._begin(name, **fields))
            except Refused as refused:
                if refused.retry != "same_key":
                    raise
                await asyncio.sleep(refused.retry_after_s or backoff.next_s())

    async def _list_rest(self):
        await self._welcomed.wait()
        cursor = {}
        while self._listing:
            page = await self._ask("conversations.list", **cursor)
            self.log.add_users(page["users"])
            self._take_summaries(page["items"])
            cursor = {"cursor": page["next"]}
            if page["next"] is None:
                self.log.put("cursor", page["since"])
                self._listing = False
            self._changed.set()

    async def _fill_holes(self):
        await self._welcomed.wait()
        while True:
            while self._wanted:
                await self._fill_hole(next(iter(self._wanted)))
                self._changed.set()
            self._holes.clear()
            await self._holes.wait()

    async def _fill_hole(self, conversation):
        row = self.log.conversation(conversation)
        have = row["have"] if row else 0
        if have < self._wanted[conversation]:
            try:
                at = {"after": have, "epoch": row["epoch"]} if have > 0 else {}  # M6
                page = await self._ask("entries.read", conversation=conversation, limit=200, **at)
            except Refused as refused:
                if refused.code == "epoch_changed":
                    return self.log.start_over(conversation)
                if refused.code == "not_found":
                    self.log.forget(conversation)
            else:
                self.log.add_page(conversation, page)
                if page["entries"] and page["entries"][-1]["seq"] < page["head"]:
                    return None
        self._wanted.pop(conversation, None)

    async def _send_outbox(self):
        """Sends in the order of the outbox, some at once, and again what has no final answer (E2, E3)."""
        await self._welcomed.wait()
        backoff = Backoff()
        while True:
            self._queued.clear()
            rows = self.log.unanswered(SENDS_AT_ONCE)
            if not rows:
                await self._queued.wait()
                continue
            begun, earlier = [], {}
            for row in rows:
                after = earlier.get(row["conversation"])  # keeps the order where an earlier one is refused (O2)
                begun.append(await self._begin("message.send", conversation=row["conversation"], key=row["key"],
                                               text=row["text"], **({"after": after} if after else {})))
                earlier[row["conversation"]] = row["key"]
            waits_s = [await self._settle(row, answer) for row, answer in zip(rows, begun)]
            self._changed.set()
            if any(waits_s):
                await asyncio.sleep(max(max(waits_s), backoff.next_s()))
            else:
                backoff.reset()

    async def _settle(self, row, answer):
        """Gives the least time to wait before it is sent again, 0 where there is no need to wait."""
        try:
            self.log.answer(row["key"], (await self._end(answer))["seq"])
        except Refused as refused:
            if refused.retry != "same_key":
                self.log.refuse(row["key"], refused.code)
            elif refused.code != "out_of_order":  # that one waits for the one before it alone
                return refused.retry_after_s or 0.1
        return 0

    async def _send_marks(self):
        """What is stored is `delivered`. A mark may be lost: the next connection compares again (C6)."""
        await self._welcomed.wait()
        while True:
            for row in self.log.marks_ahead():
                marks = {"epoch": row["epoch"], "delivered": row["have"], "read": row["read_here"]}
                if self._marked.get(row["id"]) != marks:
                    self._marked[row["id"]] = marks
                    self.log.commit()
                    await self._say(type="signal", name="marks", conversation=row["id"], **marks)
            await asyncio.sleep(MARKS_S)

    async def _renew_in_time(self):
        await self._welcomed.wait()
        while self._auth_until is not None:
            await asyncio.sleep(self._auth_until / 1000 - self._server_ahead_s - time.time() - 60)
            await renew_tokens(self.log)
            await self._say(type="auth", token=self.log.get("tokens")["accessToken"])
            self._auth_until = self.log.get("tokens")["expiresAt"]
