-- readableSince: 26
-- Messages that disappear, by their time. A build before this one would keep what was sent through it while a timer stands, and
-- go on giving what has had its time.

-- Flags as the log writes them: 16 disappears, 4 erased. What was emptied leaves this index. No message before has the flag, so
-- the index is empty at first; to find that out, the log is read through once.
CREATE INDEX entry_disappearing ON entry (((body::json ->> 'disappearAt')::bigint), conversation, seq)
  WHERE flags & 20 = 16;
