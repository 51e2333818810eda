-- readableSince: 12
-- Who follows a thread, and how far they have read in it: one row for each person that a message of the thread has made follow
-- it, or that said so. What is unread is counted when it is asked for. Threads from before have theirs from here on.

CREATE TABLE follower (
  -- The transaction that last changed this row.
  changed xid8 NOT NULL DEFAULT pg_current_xact_id(),
  conversation int NOT NULL,
  -- Ordinal of the member.
  ordinal int NOT NULL,
  -- The first message.
  thread int NOT NULL,
  read int NOT NULL,
  follows boolean NOT NULL,
  CONSTRAINT follower_pkey PRIMARY KEY (conversation, ordinal, thread)
) WITH (fillfactor = 80);

-- Kinds and flags as the log writes them: 6 is `message.sent`, 1 mentions someone. Who wrote last has read as far as that.
INSERT INTO follower (conversation, ordinal, thread, read, follows)
SELECT f.conversation, f.ordinal, f.thread, max(f.read), true
FROM (
  SELECT a.conversation, e.author AS ordinal, a.target AS thread, a.seq AS read
  FROM amendment a JOIN entry e ON e.conversation = a.conversation AND e.seq = a.seq
  WHERE a.kind = 6
  UNION ALL
  SELECT a.conversation, e.author, a.target, min(a.seq) - 1
  FROM amendment a JOIN entry e ON e.conversation = a.conversation AND e.seq = a.target
  WHERE a.kind = 6
  GROUP BY a.conversation, e.author, a.target
  UNION ALL
  SELECT a.conversation, m.ordinal, a.target, min(a.seq) - 1
  FROM amendment a
  JOIN entry e ON e.conversation = a.conversation AND e.seq IN (a.seq, a.target)
  CROSS JOIN LATERAL jsonb_array_elements_text(
    CASE WHEN e.flags & 1 <> 0 THEN coalesce(e.body::jsonb -> 'mentions' -> 'users', '[]') ELSE '[]' END
  ) AS u (person)
  JOIN member m ON m.conversation = a.conversation AND m.person = u.person::uuid
  WHERE a.kind = 6
  GROUP BY a.conversation, m.ordinal, a.target
) f
GROUP BY f.conversation, f.ordinal, f.thread;

ALTER TABLE feed
  -- In threes: who stands to which thread of which conversation otherwise than before.
  ADD COLUMN threads_in int[] NOT NULL DEFAULT '{}',
  ADD COLUMN threads int[] NOT NULL DEFAULT '{}',
  ADD COLUMN followers uuid[] NOT NULL DEFAULT '{}';
