export const addJobs = {
  name: "add-jobs",
  statements: [
    `CREATE TABLE jobs (
       id TEXT PRIMARY KEY,
       connection_id TEXT NOT NULL,
       from_at INTEGER NOT NULL,
       to_at INTEGER NOT NULL,
       actions TEXT NOT NULL,
       dry_run INTEGER NOT NULL,
       status TEXT NOT NULL CHECK (status IN ('running', 'done', 'cancelled', 'failed')),
       reason TEXT,
       position_at INTEGER NOT NULL,
       counts TEXT NOT NULL,
       created_at INTEGER NOT NULL,
       finished_at INTEGER,
       next_at INTEGER NOT NULL,
       lease TEXT,
       lease_until INTEGER NOT NULL DEFAULT 0
     ) STRICT`,
    // The jobs that are to go on.
    "CREATE INDEX jobs_running ON jobs (next_at) WHERE status = 'running'",
    // The list of a connection's jobs.
    "CREATE INDEX jobs_by_connection ON jobs (connection_id, created_at)",
    `CREATE TABLE job_items (
       job_id TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
       deal_id INTEGER NOT NULL,
       action TEXT NOT NULL,
       PRIMARY KEY (job_id, deal_id)
     ) STRICT, WITHOUT ROWID`,
  ],
};
