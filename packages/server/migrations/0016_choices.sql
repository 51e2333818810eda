-- readableSince: 12
-- The settings by which people say who sees and reaches them, found without their others. A build before this one doesn't
-- heed them; it may run beside for the time of an upgrade.

CREATE INDEX setting_chosen ON setting (conversation, name, seq) WHERE name LIKE 'privacy:%' OR name LIKE 'block:%';
