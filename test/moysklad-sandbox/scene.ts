/** A sandbox with one merchant, a clock moved by hand and short ways to call it. */
import { createMoyskladSandbox, type KnobsPatch, type MoyskladSandbox } from "../../sandbox/moysklad/index.ts";

export const BASE = "https://api.moysklad.ru/api/remap/1.2";
export const TOKEN = "token-1";
/** 2026-11-22 12:00:00 in Moscow. */
export const NOON = Date.UTC(2026, 10, 22, 9);
export const MINUTE_MS = 60_000;
export const HOOK_URL = "https://bridge.example.ru/hooks/moysklad/secret";

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed body; undefined when it is no JSON. */
  json: unknown;
  /** A value inside the body, by names and indexes. */
  at(...path: (string | number)[]): unknown;
  rows: unknown[];
  codes: unknown[];
}

export interface Scene {
  sandbox: MoyskladSandbox;
  control: MoyskladSandbox["control"];
  clock: { now: number; slept: number[] };
  /** Webhooks as they arrived. */
  hooks: { url: string; body: Record<string, unknown> }[];
  /** What the receiver of webhooks answers; 204 when left alone. */
  receiver: { answer: (request: Request) => Promise<Response> };
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  get(path: string, query?: Record<string, string>): Promise<Answer>;
  post(path: string, body: unknown): Promise<Answer>;
  put(path: string, body: unknown): Promise<Answer>;
  /** A fresh three seconds of limits. */
  rest(): void;
}

/** An organization and the five usual states; the limits are out of the way unless a test asks for them. */
export function createScene(knobs: KnobsPatch = {}, account: object = {}): Scene & { organizationId: string } {
  const clock = { now: NOON, slept: [] as number[] };
  const hooks: Scene["hooks"] = [];
  const receiver: Scene["receiver"] = { answer: async () => new Response(null, { status: 204 }) };
  const sandbox = createMoyskladSandbox({
    now: () => clock.now,
    sleep: async (ms) => {
      clock.slept.push(ms);
    },
    send: async (request) => {
      hooks.push({ url: request.url, body: toRecord(await request.clone().json()) });
      return receiver.answer(request);
    },
    knobs: { bucketUnits: 100_000, ...knobs },
  });
  const { control } = sandbox;
  control.addAccount({ token: TOKEN, login: "admin@shop", password: "пароль", ...account });
  const organizationId = control.addOrganization({ name: "ООО «Ромашка»" });
  for (const name of ["Новый", "Подтвержден", "Отгружен"]) control.addState({ name, stateType: "Regular" });
  control.addState({ name: "Выполнен", stateType: "Successful" });
  control.addState({ name: "Отменен", stateType: "Unsuccessful" });

  const send: Scene["send"] = async (method, path, body, headers = {}) => {
    const init: RequestInit = { method, headers: { ...standardHeaders(), ...headers } };
    if (body !== undefined) init.body = typeof body === "string" ? body : JSON.stringify(body);
    return toAnswer(await sandbox.fetch(new Request(`${BASE}${path}`, init)));
  };
  return {
    sandbox,
    control,
    clock,
    hooks,
    receiver,
    organizationId,
    send,
    get: (path, query = {}) => {
      const text = new URLSearchParams(query).toString();
      return send("GET", text === "" ? path : `${path}?${text}`);
    },
    post: (path, body) => send("POST", path, body),
    put: (path, body) => send("PUT", path, body),
    rest() {
      clock.now += 3_000;
    },
  };
}

export function standardHeaders(): Record<string, string> {
  return {
    Authorization: `Bearer ${TOKEN}`,
    Accept: "application/json;charset=utf-8",
    "Accept-Encoding": "gzip",
    "Content-Type": "application/json",
  };
}

/** A reference as bodies carry it. */
export function ref(type: string, id: string, path = `/entity/${type}/${id}`) {
  return { meta: { href: `${BASE}${path}`, type, mediaType: "application/json" } };
}

export function stateRef(id: string, owner = "customerorder") {
  return ref("state", id, `/entity/${owner}/metadata/states/${id}`);
}

export function attributeRef(id: string, owner = "customerorder") {
  return ref("attributemetadata", id, `/entity/${owner}/metadata/attributes/${id}`);
}

export async function toAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  const json = parse(text);
  const at: Answer["at"] = (...path) => path.reduce<unknown>((value, key) => inside(value, key), json);
  const rows = at("rows");
  const errors = at("errors");
  return {
    status: response.status,
    headers: response.headers,
    text,
    json,
    at,
    rows: Array.isArray(rows) ? rows : [],
    codes: Array.isArray(errors) ? errors.map((error) => inside(error, "code")) : [],
  };
}

/** Undefined where there is nothing. */
export function inside(value: unknown, key: string | number): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}

export function pluck(rows: unknown[], key: string): unknown[] {
  return rows.map((row) => inside(row, key));
}

function toRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
