/** How much is measured: enough to see that it runs, enough for figures, or all that was promised however long it takes. */
export type Size = "tiny" | "usual" | "full";
