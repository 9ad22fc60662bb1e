export const addErpApi = {
  name: "add-erp-api",
  statements: [
    // Settings that are secret, sealed together.
    "ALTER TABLE connections ADD COLUMN secrets TEXT",

    // One row for each connection whose ERP has an API: what its adapter remembers, and who reads it now.
    `CREATE TABLE exchanges (
       connection_id TEXT PRIMARY KEY REFERENCES connections (id) ON DELETE CASCADE,
       memory TEXT,
       poll_at INTEGER NOT NULL,
       attribution_seq INTEGER NOT NULL DEFAULT 0,
       paused_until INTEGER NOT NULL DEFAULT 0,
       failures INTEGER NOT NULL DEFAULT 0,
       reason_code TEXT,
       reason TEXT,
       lease TEXT,
       lease_until INTEGER NOT NULL DEFAULT 0
     ) STRICT`,

    // What webhooks have named and nobody has read again yet.
    `CREATE TABLE hook_events (
       connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
       key TEXT NOT NULL,
       received_at INTEGER NOT NULL,
       PRIMARY KEY (connection_id, key)
     ) STRICT, WITHOUT ROWID`,

    `CREATE TABLE leads (
       id INTEGER PRIMARY KEY,
       connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
       kind TEXT NOT NULL CHECK (kind IN ('call', 'request')),
       lead_id INTEGER NOT NULL,
       at INTEGER NOT NULL,
       status TEXT NOT NULL CHECK (status IN ('waiting', 'due', 'placed', 'skipped', 'dead')),
       reason_code TEXT,
       reason TEXT,
       sealed TEXT,
       contact_hashes TEXT NOT NULL,
       guid TEXT,
       attempts INTEGER NOT NULL DEFAULT 0,
       due_at INTEGER NOT NULL,
       received_at INTEGER NOT NULL,
       personal_at INTEGER,
       UNIQUE (connection_id, kind, lead_id)
     ) STRICT`,
    // The leads of a connection that are to be placed.
    `CREATE INDEX leads_due ON leads (connection_id, due_at) WHERE status = 'due'`,
    // The operator's list of what waits for a person.
    `CREATE INDEX leads_dead ON leads (id) WHERE status = 'dead'`,
    // Retention.
    `CREATE INDEX leads_personal ON leads (personal_at) WHERE personal_at IS NOT NULL`,

    // The journals of calls and requests: read up to here, and when to read again.
    "ALTER TABLE accounts ADD COLUMN journal_from INTEGER",
    "ALTER TABLE accounts ADD COLUMN journal_at INTEGER NOT NULL DEFAULT 0",
  ],
};
