export const addRules = {
  name: "add-rules",
  statements: [
    "ALTER TABLE accounts ADD COLUMN auto_exchange INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE accounts ADD COLUMN show_messages INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE accounts ADD COLUMN item_kind_tags INTEGER NOT NULL DEFAULT 0",

    `CREATE TABLE rules (
       id TEXT PRIMARY KEY,
       connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
       account_id TEXT REFERENCES accounts (id),
       skip INTEGER NOT NULL,
       territory TEXT,
       warehouse TEXT,
       organization TEXT,
       item_kind TEXT,
       item_group TEXT,
       order_type TEXT,
       department TEXT,
       repair_type TEXT,
       lead_tag TEXT,
       funnel TEXT,
       priority INTEGER NOT NULL,
       created_at INTEGER NOT NULL
     ) STRICT`,
    // Ingest: the rules of a connection.
    "CREATE INDEX rules_by_connection ON rules (connection_id)",

    "ALTER TABLE deals ADD COLUMN rule_id TEXT",
    // How often a person has had the deal made anew after its deletion; part of its number.
    "ALTER TABLE deals ADD COLUMN reopened INTEGER NOT NULL DEFAULT 0",
    // Held deals with a greater id are to be folded again; null: none.
    "ALTER TABLE connections ADD COLUMN review_after INTEGER",
    // Grows with every change of what deals are folded by: rules, settings and the flags of accounts.
    "ALTER TABLE connections ADD COLUMN policy INTEGER NOT NULL DEFAULT 0",
    // Review: the held deals of a connection, in portions.
    `CREATE INDEX deals_held_of_connection ON deals (connection_id, id) WHERE status = 'held'`,
  ],
};
