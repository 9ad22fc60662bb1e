export const addAttribution = {
  name: "add-attribution",
  statements: [
    "ALTER TABLE deals ADD COLUMN attribution TEXT",
    // Grows with every change of an attribution within the connection: the ERP reads the changes in this order.
    "ALTER TABLE deals ADD COLUMN attribution_seq INTEGER",
    // When to ask next; null: not any more.
    "ALTER TABLE deals ADD COLUMN attribution_at INTEGER",
    "UPDATE deals SET attribution_at = unixepoch() * 1000 WHERE delivered IS NOT NULL",
    "ALTER TABLE deals ADD COLUMN attribution_step INTEGER NOT NULL DEFAULT 0",
    // Calltouch is to look for the deal's lead once more.
    "ALTER TABLE deals ADD COLUMN rematch INTEGER NOT NULL DEFAULT 0",
    // Refresh: the deals of a site whose attribution is due.
    "CREATE INDEX deals_attribution_due ON deals (site_id, attribution_at) WHERE attribution_at IS NOT NULL",
    // The ERP's feed of attributions.
    `CREATE UNIQUE INDEX deals_attribution_feed ON deals (connection_id, attribution_seq)
      WHERE attribution_seq IS NOT NULL`,
    // Jobs and the reconciliation: the deals of a period.
    "CREATE INDEX deals_by_order_at ON deals (connection_id, order_at)",
  ],
};
