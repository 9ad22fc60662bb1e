export const addHookVersions = {
  name: "add-hook-versions",
  statements: [
    // How often the address of its webhook has been replaced.
    "ALTER TABLE accounts ADD COLUMN hook_version INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE connections ADD COLUMN hook_version INTEGER NOT NULL DEFAULT 0",
  ],
};
