import { describe, expect, it } from "vitest";
import { fromBase64, toBase64 } from "../../src/bytes.ts";
import { hashContacts, openPersonal, sealPersonal } from "../../src/personal.ts";
import { openToken, sealToken } from "../../src/token.ts";
import { createWrappedKeys, openVault } from "../../src/vault.ts";
import { ENCRYPTION_KEY } from "../scene.ts";

const OTHER_KEY = toBase64(new Uint8Array(32).fill(9));
const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const create = async () => openVault(ENCRYPTION_KEY, await createWrappedKeys(ENCRYPTION_KEY, randomBytes), randomBytes);

describe("the vault", () => {
  it("gives back what it sealed, in the same place, also after a restart", async () => {
    const wrapped = await createWrappedKeys(ENCRYPTION_KEY, randomBytes);
    const sealed = await (await openVault(ENCRYPTION_KEY, wrapped, randomBytes)).seal("тайна", "row:1");
    const again = await openVault(ENCRYPTION_KEY, wrapped, randomBytes);
    expect(await again.open(sealed, "row:1")).toBe("тайна");
    expect(await again.open(await again.seal("", "row:2"), "row:2")).toBe("");
  });

  it("never seals the same text into the same bytes", async () => {
    const vault = await create();
    expect(await vault.seal("тайна", "row:1")).not.toBe(await vault.seal("тайна", "row:1"));
  });

  it("refuses a value with any bit changed, cut or lengthened", async () => {
    const vault = await create();
    const bytes = fromBase64(await vault.seal("тайна", "row:1"));
    for (let index = 0; index < bytes.length; index += 1) {
      const changed = bytes.map((byte, at) => (at === index ? byte ^ 1 : byte));
      await expect(vault.open(toBase64(changed), "row:1")).rejects.toThrow();
    }
    for (const cut of [bytes.subarray(0, -1), bytes.subarray(0, 12), bytes.subarray(0, 0)]) {
      await expect(vault.open(toBase64(cut), "row:1")).rejects.toThrow();
    }
    await expect(vault.open(toBase64(new Uint8Array([...bytes, 0])), "row:1")).rejects.toThrow();
    await expect(vault.open("не base64", "row:1")).rejects.toThrow();
  });

  it("refuses a value moved to another place", async () => {
    const vault = await create();
    const sealed = await vault.seal("тайна", "row:1");
    for (const place of ["row:2", "row:", "row:11", ""]) await expect(vault.open(sealed, place)).rejects.toThrow();
  });

  it("refuses a value of another vault, and another key", async () => {
    const [mine, other] = [await create(), await create()];
    await expect(other.open(await mine.seal("тайна", "row:1"), "row:1")).rejects.toThrow();
    const wrapped = await createWrappedKeys(ENCRYPTION_KEY, randomBytes);
    await expect(openVault(OTHER_KEY, wrapped, randomBytes)).rejects.toThrow();
    const swapped = { dataKey: wrapped.hashKey, hashKey: wrapped.dataKey };
    await expect(openVault(ENCRYPTION_KEY, swapped, randomBytes)).rejects.toThrow();
  });

  it("hashes stably, and differently in each vault", async () => {
    const wrapped = await createWrappedKeys(ENCRYPTION_KEY, randomBytes);
    const [first, again] = [
      await openVault(ENCRYPTION_KEY, wrapped, randomBytes),
      await openVault(ENCRYPTION_KEY, wrapped, randomBytes),
    ];
    expect(await first.hash("phone:79001234567")).toBe(await again.hash("phone:79001234567"));
    expect(await first.hash("phone:79001234567")).not.toBe(await first.hash("phone:79001234568"));
    expect(await first.hash("x")).not.toBe(await (await create()).hash("x"));
  });
});

describe("personal data", () => {
  const place = { connectionId: "c1", key: "k1" };
  const value = { contacts: { name: "Игорь", phones: ["79001234567"], emails: ["a@example.com"] }, comment: "стук" };

  it("comes back only for its own deal of its own connection", async () => {
    const vault = await create();
    const sealed = await sealPersonal(vault, place, value);
    expect(await openPersonal(vault, { ...place, sealed })).toEqual(value);
    await expect(openPersonal(vault, { ...place, key: "k2", sealed })).rejects.toThrow();
    await expect(openPersonal(vault, { ...place, connectionId: "c2", sealed })).rejects.toThrow();
  });

  it("that has been dropped is no contacts", async () => {
    expect(await openPersonal(await create(), { ...place, sealed: null })).toEqual({
      contacts: { phones: [], emails: [] },
    });
  });

  it("is recognised by hashes in any order, a phone never as an e-mail", async () => {
    const vault = await create();
    const hashes = await hashContacts(vault, { phones: ["79001234567", "79001234568"], emails: ["a@example.com"] });
    const again = await hashContacts(vault, { phones: ["79001234568", "79001234567"], emails: ["a@example.com"] });
    expect(again).toEqual(hashes);
    expect(new Set(hashes).size).toBe(3);
    const [asPhone] = await hashContacts(vault, { phones: ["79001234567"], emails: [] });
    const [asEmail] = await hashContacts(vault, { phones: [], emails: ["79001234567"] });
    expect(asPhone).not.toBe(asEmail);
  });

  it("a token opens only for its own account", async () => {
    const vault = await create();
    const token = await sealToken(vault, "a1", "secret");
    expect(token).not.toContain("secret");
    expect(await openToken(vault, { id: "a1", token })).toBe("secret");
    await expect(openToken(vault, { id: "a2", token })).rejects.toThrow();
  });
});
