import { expect, it } from "vitest";
import { describeStorage } from "./backends.ts";
import { NOW } from "./rows.ts";

const keys = (name: string) => async () => ({ dataKey: `data-${name}`, hashKey: `hash-${name}` });

describeStorage("the keyring", ({ database, rows }) => {
  it("makes its keys once and returns the same ever after", async () => {
    const first = await database().keyring.readOrCreate(keys("first"), NOW);
    const second = await database().keyring.readOrCreate(keys("second"), NOW + 1);
    expect(first).toMatchObject({ dataKey: "data-first", hashKey: "hash-first" });
    expect(second).toMatchObject({ dataKey: "data-first", hashKey: "hash-first" });
    expect(await rows("SELECT * FROM keyring")).toEqual([
      { id: "main", data_key: "data-first", hash_key: "hash-first", created_at: NOW },
    ]);
  });

  it("does not make keys when there are some", async () => {
    await database().keyring.readOrCreate(keys("first"), NOW);
    const refuse = () => Promise.reject(new Error("No keys are needed"));
    expect(await database().keyring.readOrCreate(refuse, NOW)).toMatchObject({ dataKey: "data-first" });
  });

  it("gives two processes that start together the keys of one of them", async () => {
    const kept = await database().keyring.readOrCreate(async () => {
      await database().keyring.readOrCreate(keys("faster"), NOW);
      return { dataKey: "data-slower", hashKey: "hash-slower" };
    }, NOW);
    expect(kept).toMatchObject({ dataKey: "data-faster", hashKey: "hash-faster" });
    expect(await rows("SELECT count(*) AS count FROM keyring")).toEqual([{ count: 1 }]);
  });

  it("is read without being made", async () => {
    expect(await database().keyring.read()).toBeUndefined();
    await database().keyring.readOrCreate(keys("first"), NOW);
    expect(await database().keyring.read()).toMatchObject({ dataKey: "data-first", hashKey: "hash-first" });
  });

  it("is replaced only as it was read", async () => {
    const read = await database().keyring.readOrCreate(keys("first"), NOW);
    expect(await database().keyring.replace(read, await keys("second")())).toBe(true);
    expect(await database().keyring.replace(read, await keys("third")())).toBe(false);
    expect(await database().keyring.read()).toMatchObject({ dataKey: "data-second", hashKey: "hash-second" });
  });
});
