/** The ERPs the bridge understands. A new one is a folder and a line here. */
import type { Adapter } from "../src/adapter.ts";
import { alfaAuto } from "./alfa-auto/index.ts";
import { dalion } from "./dalion/index.ts";
import { moysklad } from "./moysklad/index.ts";

export const adapters: readonly Adapter[] = [alfaAuto, dalion, moysklad];
