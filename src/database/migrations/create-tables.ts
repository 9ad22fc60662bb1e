export const createTables = {
  name: "create-tables",
  statements: [
    `CREATE TABLE keyring (
       id TEXT PRIMARY KEY, data_key TEXT NOT NULL, hash_key TEXT NOT NULL, created_at INTEGER NOT NULL
     ) STRICT`,

    `CREATE TABLE accounts (
       id TEXT PRIMARY KEY,
       name TEXT NOT NULL UNIQUE,
       site_id TEXT NOT NULL,
       token TEXT NOT NULL,
       time_zone TEXT NOT NULL,
       hourly_points INTEGER NOT NULL,
       daily_points INTEGER NOT NULL,
       request_points INTEGER NOT NULL,
       live_percent INTEGER NOT NULL,
       listing_lag_ms INTEGER NOT NULL,
       created_at INTEGER NOT NULL,
       lease TEXT,
       lease_until INTEGER NOT NULL DEFAULT 0,
       pause TEXT CHECK (pause IN ('transport', 'limited', 'points', 'unauthorized')),
       paused_until INTEGER NOT NULL DEFAULT 0,
       failures INTEGER NOT NULL DEFAULT 0
     ) STRICT`,

    `CREATE TABLE connections (
       id TEXT PRIMARY KEY,
       adapter TEXT NOT NULL,
       name TEXT NOT NULL UNIQUE,
       account_id TEXT NOT NULL REFERENCES accounts (id),
       time_zone TEXT NOT NULL,
       since_at INTEGER NOT NULL,
       dry_run INTEGER NOT NULL,
       settings TEXT NOT NULL,
       infobases TEXT NOT NULL,
       created_at INTEGER NOT NULL
     ) STRICT`,

    `CREATE TABLE erp_keys (
       id TEXT PRIMARY KEY,
       connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
       hash TEXT NOT NULL,
       created_at INTEGER NOT NULL
     ) STRICT`,

    `CREATE TABLE documents (
       connection_id TEXT NOT NULL,
       guid TEXT NOT NULL,
       deal_key TEXT NOT NULL,
       stamp TEXT,
       digest TEXT NOT NULL,
       entered_at INTEGER NOT NULL,
       manual INTEGER NOT NULL,
       sealed TEXT NOT NULL,
       received_at INTEGER NOT NULL,
       PRIMARY KEY (connection_id, guid)
     ) STRICT, WITHOUT ROWID`,
    // Ingest: all documents of the deals a request touches.
    `CREATE INDEX documents_by_deal ON documents (connection_id, deal_key)`,

    `CREATE TABLE deals (
       id INTEGER PRIMARY KEY,
       connection_id TEXT NOT NULL,
       key TEXT NOT NULL,
       account_id TEXT NOT NULL,
       site_id TEXT NOT NULL,
       order_number TEXT,
       order_at INTEGER,
       status TEXT NOT NULL CHECK (status IN ('due', 'delivered', 'held', 'dead')),
       reason_code TEXT,
       reason TEXT,
       wanted TEXT,
       revision INTEGER NOT NULL,
       writer TEXT NOT NULL,
       delivered TEXT,
       delivered_revision INTEGER,
       sealed TEXT,
       contact_hashes TEXT NOT NULL,
       changed_at INTEGER NOT NULL,
       updated_in_calltouch_at INTEGER NOT NULL DEFAULT 0,
       calltouch_id INTEGER,
       closed INTEGER NOT NULL DEFAULT 0,
       doubt TEXT CHECK (doubt IN ('unknown', 'refused')),
       doubt_revision INTEGER,
       refusal TEXT,
       due_at INTEGER NOT NULL,
       lease TEXT,
       step TEXT GENERATED ALWAYS AS (
         CASE WHEN doubt IS NOT NULL THEN 'lookup'
              WHEN delivered IS NULL THEN 'create'
              WHEN wanted IS NULL THEN 'delete'
              ELSE 'update' END) VIRTUAL,
       created_at INTEGER NOT NULL,
       UNIQUE (connection_id, key),
       UNIQUE (site_id, order_number)
     ) STRICT`,
    // Claim: which step is due first, and then the due deals of that step.
    `CREATE INDEX deals_due ON deals (account_id, due_at) WHERE status = 'due' AND lease IS NULL`,
    `CREATE INDEX deals_due_step ON deals (account_id, step, due_at) WHERE status = 'due' AND lease IS NULL`,
    // The operator's lists of what waits for a person.
    `CREATE INDEX deals_held ON deals (id) WHERE status = 'held'`,
    `CREATE INDEX deals_dead ON deals (id) WHERE status = 'dead'`,
    // Recovery: deals whose holder died.
    `CREATE INDEX deals_leased ON deals (account_id) WHERE lease IS NOT NULL`,

    // One row for every address Calltouch sees: when its next request may start.
    `CREATE TABLE egress (id TEXT PRIMARY KEY, next_at INTEGER NOT NULL) STRICT`,
    `INSERT INTO egress (id, next_at) VALUES ('default', 0)`,
    `CREATE TABLE points (
       site_id TEXT NOT NULL,
       day_at INTEGER NOT NULL,
       hour_at INTEGER NOT NULL,
       used INTEGER NOT NULL,
       PRIMARY KEY (site_id, day_at, hour_at)
     ) STRICT, WITHOUT ROWID`,
  ],
};
