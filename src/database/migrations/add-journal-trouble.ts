export const addJournalTrouble = {
  name: "add-journal-trouble",
  statements: [
    // Why the journals of leads were not read the last time: shown to the operator.
    "ALTER TABLE accounts ADD COLUMN journal_trouble TEXT",
  ],
};
