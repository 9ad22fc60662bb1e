export const addRetention = {
  name: "add-retention",
  statements: [
    // Null when nothing of a person is left; deals that were there before are counted from now.
    `ALTER TABLE deals ADD COLUMN personal_at INTEGER`,
    `UPDATE deals SET personal_at = unixepoch() * 1000`,
    `ALTER TABLE documents ADD COLUMN stripped INTEGER NOT NULL DEFAULT 0`,
    // Retention: the deals that have kept personal data longest.
    `CREATE INDEX deals_personal ON deals (personal_at)
      WHERE personal_at IS NOT NULL AND status <> 'due' AND lease IS NULL AND doubt IS NULL`,
  ],
};
