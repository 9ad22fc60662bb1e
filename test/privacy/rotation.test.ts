import { describe, expect, it } from "vitest";
import { adapters } from "../../adapters/index.ts";
import { createBridge } from "../../src/bridge.ts";
import { ConfigError } from "../../src/config.ts";
import { createDatabase } from "../../src/database/database.ts";
import { rotateKey } from "../../src/keyring.ts";
import { storedDeal, visit } from "../dispatcher/stage.ts";
import { ADMIN_TOKEN, CALLTOUCH_URL, call, createScene, ENCRYPTION_KEY, type Scene } from "../scene.ts";

const NEXT = btoa("n".repeat(32));
const OTHER = btoa("o".repeat(32));
type Keys = { encryptionKey: string; encryptionKeyPrevious?: string };
const limits = { wallMs: 60_000, requests: 1_000 };

function start({ platform, client }: Pick<Scene, "platform" | "client">, keys: Keys) {
  const config = { adminToken: ADMIN_TOKEN, calltouchUrl: CALLTOUCH_URL, ...keys };
  return createBridge({ platform, client, config, adapters, limits });
}

const rotate = ({ platform, client }: Pick<Scene, "platform" | "client">, config: Keys) =>
  rotateKey({ platform, database: createDatabase(client), config });

async function refusalOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return error instanceof Error ? `${error.message} ${String(error.cause ?? "")}` : "";
  }
  throw new Error("It was not refused");
}

/** Token, stored documents and contacts all open: the appointment of before becomes an update. */
async function expectWhole(scene: Scene, keys: Keys) {
  const bridge = await start(scene, keys);
  const answer = await call(
    bridge,
    "POST",
    "/v1/alfa-auto/documents",
    { authorization: `Bearer ${scene.key}` },
    { documents: [visit(1, { amount: 777 }), visit(2)] },
  );
  expect(JSON.stringify(answer.body["results"]).match(/ACCEPTED/g)).toHaveLength(2);
  await scene.idle();
  await bridge.tick();
  expect(scene.deal("ПС000001")).toMatchObject({ revenue: "777.00", creates: 1 });
  expect(scene.deal("ПС000002")).toMatchObject({ creates: 1 });
}

describe("the encryption key", () => {
  it("is replaced at a start that names the previous one, and that start needs it no more", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    const hashes = (await storedDeal(scene.client, 1))?.contact_hashes;
    await start(scene, { encryptionKey: NEXT, encryptionKeyPrevious: ENCRYPTION_KEY });
    await expectWhole(scene, { encryptionKey: NEXT });
    expect((await storedDeal(scene.client, 1))?.contact_hashes).toBe(hashes ?? "");
    expect(await refusalOf(start(scene, { encryptionKey: ENCRYPTION_KEY }))).toContain("ENCRYPTION_KEY");
  });

  it("is replaced by a command, which proves that the new one alone opens everything", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    expect(await rotate(scene, { encryptionKey: NEXT, encryptionKeyPrevious: ENCRYPTION_KEY })).toBe("rotated");
    expect(await rotate(scene, { encryptionKey: NEXT, encryptionKeyPrevious: ENCRYPTION_KEY })).toBe("already");
    expect(await rotate(scene, { encryptionKey: NEXT })).toBe("already");
    await expectWhole(scene, { encryptionKey: NEXT });
  });

  it("may be put back the same way", async () => {
    const scene = await createScene();
    await rotate(scene, { encryptionKey: NEXT, encryptionKeyPrevious: ENCRYPTION_KEY });
    await rotate(scene, { encryptionKey: ENCRYPTION_KEY, encryptionKeyPrevious: NEXT });
    await expectWhole(scene, { encryptionKey: ENCRYPTION_KEY });
  });

  it("is replaced by two processes that start together without harm to either", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    const keys = { encryptionKey: NEXT, encryptionKeyPrevious: ENCRYPTION_KEY };
    await Promise.all([start(scene, keys), start(scene, keys)]);
    await expectWhole(scene, { encryptionKey: NEXT });
  });

  it("touches no row but the keyring when it is replaced", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    const all = async () =>
      JSON.stringify(
        await Promise.all(
          ["accounts", "deals", "documents", "connections"].map(async (table) =>
            (await scene.client.execute(`SELECT * FROM ${table}`)).rows.map((row) => ({ ...row })),
          ),
        ),
      );
    const before = await all();
    await rotate(scene, { encryptionKey: NEXT, encryptionKeyPrevious: ENCRYPTION_KEY });
    expect(await all()).toBe(before);
  });

  it.each<[string, Keys, readonly string[]]>([
    ["alone", { encryptionKey: OTHER }, ["ENCRYPTION_KEY"]],
    [
      "beside a wrong previous one",
      { encryptionKey: OTHER, encryptionKeyPrevious: NEXT },
      ["ENCRYPTION_KEY", "ENCRYPTION_KEY_PREVIOUS"],
    ],
  ])("that is wrong %s is refused by the name of its variable and nothing else", async (_, keys, names) => {
    const scene = await createScene();
    const kept = await scene.client.execute("SELECT * FROM keyring");
    for (const work of [start, rotate]) {
      const refusal = await refusalOf(work(scene, keys));
      for (const name of names) expect(refusal).toContain(`${name} is not the key this database was made with`);
      for (const value of Object.values(keys)) expect(refusal).not.toContain(value);
    }
    expect(await scene.client.execute("SELECT * FROM keyring")).toEqual(kept);
  });

  it("cannot be rotated where there are no keys yet", async () => {
    const scene = await createScene();
    await scene.client.execute("DELETE FROM keyring");
    expect(await refusalOf(rotate(scene, { encryptionKey: NEXT }))).toContain("start the bridge first");
    expect((await scene.client.execute("SELECT * FROM keyring")).rows).toHaveLength(0);
  });

  it("is enough by itself, whatever the previous one is", async () => {
    const scene = await createScene();
    await start(scene, { encryptionKey: ENCRYPTION_KEY, encryptionKeyPrevious: OTHER });
    await expectWhole(scene, { encryptionKey: ENCRYPTION_KEY });
  });
});
