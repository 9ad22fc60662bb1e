export const appendDocuments = {
  name: "append-documents",
  statements: [
    // With a rowid a new document goes after the last one. Kept by its key, each wrote a page of its own.
    `CREATE TABLE appended_documents (
       connection_id TEXT NOT NULL,
       guid TEXT NOT NULL,
       deal_key TEXT NOT NULL,
       stamp TEXT,
       digest TEXT NOT NULL,
       entered_at INTEGER NOT NULL,
       manual INTEGER NOT NULL,
       sealed TEXT NOT NULL,
       received_at INTEGER NOT NULL,
       stripped INTEGER NOT NULL DEFAULT 0,
       PRIMARY KEY (connection_id, guid)
     ) STRICT`,
    `INSERT INTO appended_documents SELECT * FROM documents ORDER BY received_at`,
    `DROP TABLE documents`,
    `ALTER TABLE appended_documents RENAME TO documents`,
    // Ingest: all documents of the deals a request touches.
    `CREATE INDEX documents_by_deal ON documents (connection_id, deal_key)`,
    // Ingest: whether another connection of the site has this document already.
    `CREATE INDEX documents_by_guid ON documents (guid)`,
  ],
};
