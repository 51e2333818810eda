"""What the client keeps, in one SQLite file: entries, how far it has got, its cursor and its outbox.

Nothing here speaks to a server, and nothing is on disk before `commit`. Since frames are taken in the
order in which they came, a commit holds everything that came before the cursor in it (C4): a client that
is killed at any moment starts again with fewer entries than it had seen, never with a cursor too new.
Rules kept here: M6, M7, M8, M10, C3, C4, C6, U1 of docs/protocol/v1.md.
"""

import json
import os
import sqlite3
import uuid
from contextlib import contextmanager

SCHEMA = """
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS users (id TEXT PRIMARY KEY, version INTEGER NOT NULL, user TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS conversations (
  id TEXT PRIMARY KEY,
  epoch INTEGER NOT NULL,
  first INTEGER NOT NULL,               -- the lowest seq there is for this person (M7)
  head INTEGER NOT NULL,                -- the highest seq that was announced
  have INTEGER NOT NULL,                -- every seq from first to here is held
  delivered INTEGER NOT NULL DEFAULT 0, -- the own marks, as the server last told them
  read INTEGER NOT NULL DEFAULT 0,
  read_here INTEGER NOT NULL DEFAULT 0, -- how far the person has read on this device
  summary TEXT
);
CREATE TABLE IF NOT EXISTS entries (
  conversation TEXT NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, entry TEXT NOT NULL,
  PRIMARY KEY (conversation, epoch, seq)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (
  position INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, conversation TEXT NOT NULL, text TEXT NOT NULL,
  seq INTEGER,                          -- set by the answer
  refused TEXT                          -- the code, where sending again can't help
);
CREATE INDEX IF NOT EXISTS outbox_unanswered ON outbox (position) WHERE seq IS NULL AND refused IS NULL;
"""


class Log:
    def __init__(self, path):
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # it holds tokens
        self._db = sqlite3.connect(path, timeout=30)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(SCHEMA)

    def commit(self):
        self._db.commit()

    def close(self):
        self._db.close()

    @contextmanager
    def alone(self):
        """Keeps every other process that has this file open from writing, until the end of the block."""
        self._db.commit()
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            self._db.commit()

    def get(self, name):
        row = self._db.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
        return json.loads(row["value"]) if row else None

    def put(self, name, value):
        self._db.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (name, json.dumps(value)))

    # What the server tells

    def add_users(self, users):
        for user in users.values():
            self._db.execute(
                "INSERT INTO users VALUES (?, ?, ?) ON CONFLICT DO UPDATE"
                " SET version = excluded.version, user = excluded.user WHERE excluded.version > version",
                (user["id"], user["version"], json.dumps(user)),
            )

    def add_summary(self, summary):
        conversation = summary["id"]
        self._announce(conversation, summary["epoch"], summary["head"])
        self._begin_at(conversation, summary["first"])
        self._db.execute(
            "UPDATE conversations SET delivered = ?, read = ?, summary = ? WHERE id = ?",
            (summary["delivered"], summary["read"], json.dumps(summary), conversation),
        )

    def add_gap(self, gap):
        self._announce(gap["conversation"], gap["epoch"], gap["head"])

    def add_page(self, conversation, page):
        self._announce(conversation, page["epoch"], page["head"])
        self._begin_at(conversation, page["first"])
        for entry in page["entries"]:
            self.add_entry(entry)

    def add_entry(self, entry):
        """Keeps an entry as it came, whatever its kind (U1). The first one wins, and `erased` over it (C3)."""
        conversation, epoch, seq = entry["conversation"], entry["epoch"], entry["seq"]
        self._announce(conversation, epoch, seq)
        fields = {name: value for name, value in entry.items() if name != "type"}
        wins = "UPDATE SET entry = excluded.entry" if entry.get("erased") is True else "NOTHING"
        self._db.execute(
            f"INSERT INTO entries VALUES (?, ?, ?, ?) ON CONFLICT DO {wins}",
            (conversation, epoch, seq, json.dumps(fields)),
        )
        self._move_on(conversation)

    def add_own_marks(self, conversation, epoch, marks):
        self._db.execute(
            "UPDATE conversations SET delivered = max(delivered, ?), read = max(read, ?) WHERE id = ? AND epoch = ?",
            (marks["delivered"], marks["read"], conversation, epoch),
        )

    def forget(self, conversation):
        self._db.execute("DELETE FROM entries WHERE conversation = ?", (conversation,))
        self._db.execute("DELETE FROM conversations WHERE id = ?", (conversation,))

    def start_over(self, conversation):
        """Discards the entries (M6). What was acknowledged is sent again, with its old keys: if it is still
        there, that is a duplicate, and if the restored log has lost it, it comes back."""
        self._db.execute("DELETE FROM entries WHERE conversation = ?", (conversation,))
        self._db.execute("UPDATE conversations SET epoch = -1, first = 1, head = 0, have = 0,"
                         " delivered = 0, read = 0, read_here = 0 WHERE id = ?", (conversation,))
        self._db.execute("UPDATE outbox SET seq = NULL WHERE conversation = ?", (conversation,))

    def _announce(self, conversation, epoch, head):
        known = self.conversation(conversation)
        if known and known["epoch"] not in (epoch, -1):
            self.start_over(conversation)
        self._db.execute(
            "INSERT INTO conversations (id, epoch, first, head, have) VALUES (?, ?, 1, ?, 0) ON CONFLICT DO UPDATE"
            " SET epoch = excluded.epoch, head = max(head, excluded.head)",
            (conversation, epoch, head),
        )

    def _begin_at(self, conversation, first):
        self._db.execute("UPDATE conversations SET first = ?, have = max(have, ? - 1) WHERE id = ?",
                         (first, first, conversation))
        self._db.execute("DELETE FROM entries WHERE conversation = ? AND seq < ?", (conversation, first))
        self._move_on(conversation)

    def _move_on(self, conversation):
        have = self.conversation(conversation)["have"]
        for (seq,) in self._db.execute(
            "SELECT seq FROM entries WHERE conversation = ? AND epoch = (SELECT epoch FROM conversations WHERE id = ?)"
            " AND seq > ? ORDER BY seq", (conversation, conversation, have)
        ):
            if seq != have + 1:
                break
            have = seq
        self._db.execute("UPDATE conversations SET have = ? WHERE id = ?", (have, conversation))

    # What is held

    def conversation(self, conversation):
        return self._db.execute("SELECT * FROM conversations WHERE id = ?", (conversation,)).fetchone()

    def conversations(self):
        return self._db.execute("SELECT * FROM conversations ORDER BY id").fetchall()

    def user(self, user):
        row = self._db.execute("SELECT user FROM users WHERE id = ?", (user,)).fetchone()
        return json.loads(row["user"]) if row else None

    def entries(self, conversation, after=0):
        """Those above `after`, rising, as far as they are held without a hole."""
        rows = self._db.execute(
            "SELECT e.entry FROM entries e JOIN conversations c ON c.id = e.conversation AND c.epoch = e.epoch"
            " WHERE c.id = ? AND e.seq > ? AND e.seq <= c.have ORDER BY e.seq", (conversation, after))
        return [json.loads(row["entry"]) for row in rows]

    def marks_ahead(self):
        """Conversations in which this device has got further than the server knows (C6)."""
        return self._db.execute(
            "SELECT id, epoch, have, read_here FROM conversations"
            " WHERE epoch >= 0 AND (have > delivered OR read_here > read)").fetchall()

    def read_up_to(self, conversation, seq):
        self._db.execute("UPDATE conversations SET read_here = max(read_here, ?) WHERE id = ?", (seq, conversation))

    # The outbox

    def queue(self, conversation, text):
        """On disk before it is sent: a key that was ever on the wire is never forgotten unanswered (M10)."""
        key = str(uuid.uuid4())
        self._db.execute("INSERT INTO outbox (key, conversation, text) VALUES (?, ?, ?)", (key, conversation, text))
        self._db.commit()
        return key

    def unanswered(self, limit=-1):
        return self._db.execute("SELECT * FROM outbox WHERE seq IS NULL AND refused IS NULL"
                                " ORDER BY position LIMIT ?", (limit,)).fetchall()

    def sent(self, key):
        return self._db.execute("SELECT * FROM outbox WHERE key = ?", (key,)).fetchone()

    def answer(self, key, seq):
        self._db.execute("UPDATE outbox SET seq = ? WHERE key = ?", (seq, key))

    def refuse(self, key, code):
        self._db.execute("UPDATE outbox SET refused = ? WHERE key = ?", (code, key))
