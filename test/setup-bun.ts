/// <reference types="bun-types" />
/** Under Bun, before every test file: a slow machine is no failure. vitest has the same limit in its configuration. */
import { setDefaultTimeout } from "bun:test";
import "./setup.ts";

setDefaultTimeout(60_000);
