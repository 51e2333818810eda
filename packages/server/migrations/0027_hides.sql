-- readableSince: 27
-- Messages that people hid for themselves: entries of their own conversations say which. A build before this one cannot read the
-- kind of those entries.

-- 27 is their kind. No entry has it before, so the indexes are empty at first; to find that out, the log is read through twice.
CREATE INDEX entry_hidden ON entry
  (conversation, (body::json #>> '{message,conversation}'), ((body::json #>> '{message,seq}')::int)) WHERE kind = 27;
-- By which entries, in their order.
CREATE INDEX entry_hiding ON entry (conversation, seq) WHERE kind = 27;
