/// <reference types="bun-types" />
/** The whole way on one machine: 1C and MoySklad → the bridge → Calltouch, the vendors as sandboxes. Started by `bun run demo`. */
import { runDemo } from "./demo/run.ts";

const HELP = `Shows the whole way on this machine, without accounts and without the internet once installed:
starts sandboxes of Calltouch and MoySklad and the bridge, posts documents as 1C Alfa-Auto and 1C Dalion would,
lets a client call a shop on MoySklad, and shows the deals Calltouch then has.

  bun run demo              stays up, with the addresses to try things out, until Ctrl+C
  bun run demo -- --once    exits: 0 when every deal arrived as expected, 1 when not
  bun run demo -- --help    this text`;

const [option, ...rest] = Bun.argv.slice(2);
const isKnown = rest.length === 0 && (option === undefined || option === "--once" || option === "--help");
if (!isKnown || option === "--help") {
  console.log(HELP);
  process.exit(isKnown ? 0 : 2);
}

try {
  await runDemo({ isOnce: option === "--once" });
} catch (error) {
  console.error(`\nThe demo failed: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}
process.exit(0);
