/** What is generated is the same on every run, so that a run can be repeated; FUZZ_SEED=7 generates something else. Loaded before every test file. */
import fc from "fast-check";

fc.configureGlobal({ seed: Number(process.env["FUZZ_SEED"] ?? 1) });
