export const addGuidIndex = {
  name: "add-guid-index",
  statements: [
    // Ingest: whether another connection of the site has this document already.
    `CREATE INDEX documents_by_guid ON documents (guid)`,
  ],
};
