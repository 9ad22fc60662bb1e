/** All merchants, and who may use their API: found by token, or by login and password. */
import * as z from "zod";
import type { Ids } from "./ids.ts";
import { createEntity, createMerchant, type Merchant, type Principal } from "./merchant.ts";

export const accountInput = z.strictObject({
  token: z.string().min(1),
  /** One merchant per id; the same id again adds another user or solution to it. */
  accountId: z.string().min(1).optional(),
  isAdmin: z.boolean().optional(),
  tariff: z.enum(["paid", "free"]).optional(),
  authKind: z.enum(["user", "solution"]).optional(),
  apiEnabled: z.boolean().optional(),
  login: z.string().optional(),
  password: z.string().optional(),
});
export type AccountInput = z.input<typeof accountInput>;

export const accountPatch = accountInput
  .pick({ apiEnabled: true, isAdmin: true, tariff: true })
  .extend({ tokenRevoked: z.boolean().optional() });
export type AccountPatch = z.input<typeof accountPatch>;

export interface Principals {
  add(input: AccountInput, now: number): Principal;
  /** @throws Error for an unknown token; without one: the first account. */
  get(token?: string): Principal;
  update(token: string, patch: AccountPatch): void;
  /** By the `Authorization` header; null for nobody. Basic finds users with a login, Bearer live tokens. */
  find(authorization: string): Principal | null;
  /** Issues a token and revokes the one before. */
  rotate(principal: Principal): string;
}

export function createPrincipals(ids: Ids): Principals {
  const all: Principal[] = [];
  const merchants = new Map<string, Merchant>();

  const get = (token?: string): Principal => {
    const found = token === undefined ? all[0] : all.find((principal) => principal.token === token);
    if (!found) throw new Error(token === undefined ? "no account yet" : `no account with the token ${token}`);
    return found;
  };

  return {
    get,
    add(input, now) {
      if (all.some(({ token }) => token === input.token)) throw new Error(`the token ${input.token} is taken`);
      const accountId = input.accountId ?? ids.next();
      const merchant = merchants.get(accountId) ?? createMerchant(accountId, ids, now);
      merchants.set(accountId, merchant);
      merchant.tariff = input.tariff ?? merchant.tariff;
      const login = input.login ?? `admin@shop${all.length + 1}`;
      const authKind = input.authKind ?? "user";
      // A merchant always has somebody at the desk, also one that only a solution works for.
      const isFirst = merchant.store.of("employee").length === 0;
      const employeeId = authKind === "user" || isFirst ? addEmployee(merchant, login, ids, now) : null;
      const principal: Principal = {
        merchant,
        token: input.token,
        login,
        password: input.password ?? "password",
        isAdmin: input.isAdmin ?? true,
        authKind,
        apiEnabled: input.apiEnabled ?? true,
        tokenRevoked: false,
        employeeId: authKind === "user" ? employeeId : null,
      };
      all.push(principal);
      return principal;
    },
    update(token, patch) {
      const principal = get(token);
      principal.tokenRevoked = patch.tokenRevoked ?? principal.tokenRevoked;
      principal.apiEnabled = patch.apiEnabled ?? principal.apiEnabled;
      principal.isAdmin = patch.isAdmin ?? principal.isAdmin;
      principal.merchant.tariff = patch.tariff ?? principal.merchant.tariff;
    },
    find(authorization) {
      const [scheme, credentials = ""] = authorization.split(" ");
      if (scheme === "Bearer")
        return all.find(({ token, tokenRevoked }) => token === credentials && !tokenRevoked) ?? null;
      if (scheme !== "Basic") return null;
      const pair = decodeBase64(credentials);
      const isSame = ({ authKind, login, password }: Principal) =>
        authKind === "user" && `${login}:${password}` === pair;
      return all.find(isSame) ?? null;
    },
    rotate(principal) {
      principal.token = ids.token();
      principal.tokenRevoked = false;
      return principal.token;
    },
  };
}

function addEmployee(merchant: Merchant, login: string, ids: Ids, now: number): string {
  const name = "Администратор";
  const scalars = { name, lastName: name, fullName: name, shortFio: name, uid: login, archived: false, shared: true };
  const employee = createEntity("employee", ids.next(), now, scalars);
  merchant.store.put(employee);
  return employee.id;
}

/** UTF-8 inside, for logins may be Cyrillic; null when it is no base64. */
function decodeBase64(text: string): string | null {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
  } catch {
    return null;
  }
}
