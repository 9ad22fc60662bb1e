export const addKeysAndAudit = {
  name: "add-keys-and-audit",
  statements: [
    "ALTER TABLE erp_keys ADD COLUMN expires_at INTEGER",
    "ALTER TABLE erp_keys ADD COLUMN last_used_at INTEGER",
    "ALTER TABLE erp_keys ADD COLUMN revoked_at INTEGER",
    // The operator's list of a connection's keys, and their end when the connection is deleted.
    "CREATE INDEX erp_keys_by_connection ON erp_keys (connection_id)",

    // What an action or a subject may be is the code's to say: a new one needs no new table.
    `CREATE TABLE audit (
       id INTEGER PRIMARY KEY,
       at INTEGER NOT NULL,
       actor TEXT NOT NULL,
       action TEXT NOT NULL,
       subject_kind TEXT NOT NULL,
       subject_id TEXT NOT NULL,
       "before" TEXT,
       "after" TEXT
     ) STRICT`,
  ],
};
