/**
 * How the statements that run for every request, claim and send find their rows: by indexes that name them, so that
 * they take no longer with a million deals. The statements are recorded from the functions themselves.
 */
import { type Client, createClient } from "@libsql/client";
import { beforeEach, expect, it } from "vitest";
import { createDatabase, type Database } from "../../src/database/database.ts";
import { migrate } from "../../src/database/migrate.ts";
import { describeStorage } from "./backends.ts";
import { connect } from "./connect.ts";
import { type Recorded, recordStatements } from "./recorder.ts";
import { auditEntry, context, dealWrite, documentWrite, insertBasics, NOW, settlement, slotRequest } from "./rows.ts";

const ROWS = 3_000;

/** The rows a search may touch: one, those of one deal, one site's day, one account's due or leased deals. */
const NARROW = [
  /^SEARCH \w+ USING (COVERING )?INDEX sqlite_autoindex_(accounts|connections|erp_keys|egress|keyring)_1 \(id=\?\)( LEFT-JOIN)?$/,
  /^SEARCH deals USING INTEGER PRIMARY KEY \(rowid=\?\)$/,
  /^SEARCH audit USING INTEGER PRIMARY KEY \(rowid>\?\)$/,
  /^SEARCH erp_keys USING (COVERING )?INDEX erp_keys_by_connection \(connection_id=\?\)$/,
  // At most a thousand, and all of them are needed.
  /^SEARCH rules USING (COVERING )?INDEX rules_by_connection \(connection_id=\?\)$/,
  /^SEARCH \w+ USING (COVERING )?INDEX sqlite_autoindex_deals_1 \(connection_id=\? AND key=\?\)$/,
  /^SEARCH \w+ USING (COVERING )?INDEX sqlite_autoindex_deals_2 \(site_id=\? AND order_number=\?\)$/,
  /^SEARCH deals USING (COVERING )?INDEX deals_due \(account_id=\? AND due_at<\?\)$/,
  /^SEARCH deals USING (COVERING )?INDEX deals_due_step \(account_id=\? AND step=\? AND due_at<\?\)$/,
  /^SEARCH deals USING (COVERING )?INDEX deals_attribution_due \(site_id=\? AND attribution_at<\?\)$/,
  /^SEARCH (deals|fed) USING (COVERING )?INDEX deals_attribution_feed \(connection_id=\? AND attribution_seq>\?\)$/,
  /^SEARCH deals USING (COVERING )?INDEX deals_leased \(account_id=\?\)$/,
  /^SEARCH exchanges USING (COVERING )?INDEX sqlite_autoindex_exchanges_1 \(connection_id=\?\)$/,
  // What one connection's webhooks have named since it was last read.
  /^SEARCH (hook_events|h) USING PRIMARY KEY \(connection_id=\?( AND key=\?)?\)$/,
  /^SEARCH (leads|l) USING (COVERING )?INDEX leads_due \(connection_id=\? AND due_at<\?\)$/,
  /^SEARCH leads USING (COVERING )?INDEX sqlite_autoindex_leads_1 \(connection_id=\? AND kind=\? AND lead_id=\?\)$/,
  /^SEARCH leads USING INTEGER PRIMARY KEY \(rowid=\?\)$/,
  /^SEARCH d USING (COVERING )?INDEX deals_attribution_feed \(connection_id=\? AND attribution_seq>\?\)$/,
  /^SEARCH \w+ USING (COVERING )?INDEX sqlite_autoindex_documents_1 \(connection_id=\? AND guid=\?\)$/,
  /^SEARCH documents USING INTEGER PRIMARY KEY \(rowid=\?\)$/,
  /^SEARCH \w+ USING (COVERING )?INDEX documents_by_deal \(connection_id=\? AND deal_key=\?\)$/,
  /^SEARCH other USING (COVERING )?INDEX documents_by_guid \(guid=\?\)$/,
  // At most so many of a connection run, and of a job every item is settled, counted and portioned.
  /^SEARCH \w+ USING (COVERING )?INDEX (sqlite_autoindex_jobs_1 \(id=\?\)|jobs_by_connection \(connection_id=\?\))$/,
  /^SEARCH waiting USING (COVERING )?INDEX jobs_running \(next_at<\?\)$/,
  /^SEARCH \w+ USING PRIMARY KEY \(job_id=\?( AND deal_id[=>]\?)?\)$/,
  /^SEARCH deals USING INDEX deals_by_order_at \(connection_id=\? AND order_at>\? AND order_at<\?\)$/,
  /^SEARCH points USING PRIMARY KEY \(site_id=\? AND day_at=\?( AND hour_at=\?)?\)$/,
];
/** What the caller brought along, one made-up row, and what other steps of the same plan have found. */
const BROUGHT = [
  /^SCAN \w+ VIRTUAL TABLE INDEX /,
  /^SCAN CONSTANT ROW$/,
  /^SCAN (\d+ CONSTANT ROWS|astray|first|scanned|\(subquery-\d+\))$/,
];

/** Steps of a plan that may touch more rows than they need. */
function wideSteps(plan: readonly string[]): string[] {
  return plan.filter(
    (step) => /^(SCAN|SEARCH) /.test(step) && ![...NARROW, ...BROUGHT].some((pattern) => pattern.test(step)),
  );
}

describeStorage("the plan", (storage) => {
  let database: Database;
  let take: () => Recorded[];

  beforeEach(async () => {
    await fill(storage.client(), storage.database());
    const recorder = recordStatements(storage.client());
    database = createDatabase(recorder.client);
    take = recorder.take;
    await database.accounts.acquire("a1", "L", NOW);
    take();
  });

  /** On a connection of its own: after EXPLAIN of a write the local driver cannot commit until the statement is collected. */
  async function explain(recorded: readonly Recorded[]): Promise<string[]> {
    const client = await (storage.isShared ? connect(storage.url()) : createMemory());
    try {
      const plan: string[] = [];
      for (const { sql, args } of recorded) {
        const { rows } = await client.execute({ sql: `EXPLAIN QUERY PLAN ${sql}`, args });
        plan.push(...rows.map((row) => String(row["detail"])));
      }
      return plan;
    } finally {
      client.close();
    }
  }

  async function planOf(call: (lent: Database) => Promise<unknown>): Promise<string[]> {
    take();
    await call(database);
    const plan = await explain(take());
    expect(plan).not.toEqual([]);
    return plan;
  }

  const claimFirst = async (lent: Database) => {
    const [deal] = (await lent.claims.claim("a1", "L", NOW, 1)) ?? [];
    if (deal === undefined) throw new Error("Nothing is due");
    take();
    return deal;
  };
  const guids = ["guid-1", "guid-2", "nothing"];

  const dealToStrip = { id: 3, connectionId: "c1", key: "key-3", revision: 1, personalAt: 0, adapter: "alfa-auto" };
  const stripped = { connectionId: "c1", guid: "guid-6", before: "sealed", sealed: "stripped" };
  const acquire = (lent: Database) => lent.accounts.acquire("a1", "M", NOW + 60_000);
  const unclaim = (lent: Database) => lent.claims.unclaim("a1", "L");

  const portion = [{ dealId: 3, action: "creating" as const }];
  async function stepJob({ jobs, jobItems }: Database): Promise<void> {
    const held = { id: "j1", lease: "L" };
    await jobs.acquire(held.lease, NOW);
    const listed = { id: 3, revision: 1, calltouchId: null, isSettled: true };
    const differing = [{ id: 4, revision: 1, fields: [] }];
    await jobs.advance(held, { positionAt: 1, counts: {}, items: portion, adopted: [listed], differing }, NOW);
    await jobItems.settle("j1");
    await jobItems.planned("j1");
    await jobItems.waiting("j1");
    await jobItems.portion("j1", { accountId: "a1", action: "to-create", count: 1 }, 100);
    await jobItems.counts("j1");
    await jobItems.failed("j1", 0, 100);
    await jobItems.unsent("j1", 0, 100);
    await jobs.latest("c1", 20);
    await jobs.cancel("c1", "j1", NOW);
  }

  const hot: [string, (lent: Database) => Promise<unknown>][] = [
    ["acquiring, and taking back what a dead holder had claimed", acquire],
    ["releasing when idle", (lent) => lent.accounts.releaseIfIdle("a1", "L", NOW)],
    ["releasing", (lent) => lent.accounts.release("a1", "L")],
    ["pausing", (lent) => lent.accounts.pause("a1", "L", "points", NOW, 0)],
    ["recovering", (lent) => lent.accounts.recover("a1", "L")],
    ["claiming", (lent) => lent.claims.claim("a1", "L", NOW)],
    ["settling", async (lent) => lent.claims.settle("L", [settlement(await claimFirst(lent))])],
    ["trying again", (lent) => lent.deals.retry(1, NOW, auditEntry())],
    ["listing a connection's keys", (lent) => lent.erpKeys.list("c1")],
    ["unclaiming", unclaim],
    ["postponing", async (lent) => lent.claims.postpone("L", [(await claimFirst(lent)).id], NOW)],
    [
      "holding a site's deals whose attribution is due, and saving what was learnt",
      async (lent) => {
        const hold = { now: NOW, heldUntil: NOW + 1 };
        await lent.attributions.holdDue("41234", hold);
        await lent.attributions.hold("c1", [3], hold.heldUntil);
        const learnt = { id: 3, step: 1, askAt: null, changed: { matched: false }, isRematch: true };
        await lent.attributions.save([learnt], hold);
        await lent.attributions.postpone([3], hold.heldUntil, NOW);
      },
    ],
    ["reading the feed of attributions", (lent) => lent.attributions.feed("c1", 5, false)],
    [
      "a turn of an exchange",
      async (lent) => {
        await lent.exchanges.acquire("c1", "L", NOW, NOW + 1);
        await lent.exchanges.remember("c1", "L", {});
        await lent.exchanges.isUrgent("c1", NOW);
        await lent.exchanges.setNextPoll("c1", "L", NOW);
        await lent.exchanges.setAttributionSeq("c1", "L", 1);
        await lent.exchanges.pause("c1", "L", NOW, { code: "", message: "" });
        await lent.exchanges.finish("c1", "L");
        await lent.exchanges.resume("c1", NOW);
      },
    ],
    [
      "storing and reading what webhooks name",
      async (lent) => {
        await lent.exchanges.addEvents("c1", ["order:1"], NOW);
        await lent.exchanges.removeEvents("c1", await lent.exchanges.events("c1", 50));
      },
    ],
    [
      "a lead from its arrival to its place",
      async (lent) => {
        const told = {
          connectionId: "c1",
          kind: "call",
          leadId: 1,
          at: NOW,
          sealed: "",
          contactHashes: [],
          dueAt: 0,
        } as const;
        await lent.leads.settled("c1", [{ kind: "call", id: 1 }], NOW);
        await lent.leads.store([{ ...told, status: "due", reasonCode: null, reason: null }], NOW);
        await lent.leads.due("c1", NOW, 20);
        await lent.leads.postpone(1, NOW);
        await lent.leads.refused(1, { code: "", message: "" });
        await lent.leads.retry(1);
        await lent.leads.placed(1, "guid-1");
      },
    ],
    ["a step of a job", stepJob],
    ["seeing the deals of a period", (lent) => lent.periods.deals("c1", 0, NOW, 10)],
    ["finding by guids", (lent) => lent.deals.findByGuids("c1", guids)],
    ["finding deals to act on", (lent) => lent.actedDeals.byGuids("c1", guids)],
    ["looking at deals acted on", (lent) => lent.actedDeals.byIds("c1", [1, 2])],
    ["forgetting what was delivered", (lent) => lent.actedDeals.forgetDelivered("c1", [1, 2])],
    [
      "closing deals",
      (lent) => lent.actedDeals.close("c1", [1, 2], { writer: "w", notice: { code: "", message: "" } }),
    ],
    ["finding a number that was listed", (lent) => lent.actedDeals.listedNumber("c1", "41234")],
    ["showing a deal", (lent) => lent.deals.get(1)],
    ["showing the documents of a deal", (lent) => lent.deals.documentsOf("c1", "key-3", 100)],
    ["reading documents", (lent) => lent.documents.read("c1", guids, ["key-3", "key-4"])],
    ["finding taken numbers", (lent) => lent.documents.takenNumbers("41234", ["number-1", "number-2"])],
    ["finding guids of other connections", (lent) => lent.documents.takenGuids("c2", "41234", guids)],
    [
      "writing documents",
      (lent) => lent.documents.write(context("w"), [dealWrite()], [documentWrite({ movedFrom: "key-1" })]),
    ],
    ["taking a slot", (lent) => lent.slots.take(slotRequest({ lease: "L" }))],
    ["refunding", (lent) => lent.slots.refund("41234", NOW, NOW, 1)],
    ["counting points", (lent) => lent.slots.used("41234", NOW, NOW)],
    ["finding by a key", (lent) => lent.erpKeys.find("k1", NOW)],
    ["remembering a key's use", (lent) => lent.erpKeys.touch("k1", NOW)],
    ["revoking a key", (lent) => lent.erpKeys.revoke("c1", "k1", NOW, auditEntry())],
    ["reading the audit log", (lent) => lent.audit.list(5, 10)],
    ["stripping documents", (lent) => lent.personalData.expire({ deals: [dealToStrip], documents: [stripped] })],
    ["finding the documents of deals", (lent) => lent.personalData.documentsOf([dealToStrip])],
    ["finding deals by their keys", (lent) => lent.personalData.findByKeys("c1", ["key-3"])],
    ["remembering a base", (lent) => lent.connections.rememberFirstInfobase("c1", "base")],
  ];

  it.each(hot)("of %s touches only the rows it needs", async (_, call) => {
    expect(wideSteps(await planOf(call))).toEqual([]);
  });

  it("of marking a portion of a job goes to the items of that portion alone", async () => {
    const plan = await planOf((lent) => lent.jobItems.mark({ id: "j1", lease: "L" }, portion, NOW));
    expect(wideSteps(plan)).toEqual([]);
    expect(plan).toContain("SEARCH job_items USING PRIMARY KEY (job_id=? AND deal_id=?)");
  });

  it("of the accounts to serve looks at every account, for there are few, and at no deal that is not due", async () => {
    const plan = await planOf((lent) => lent.accounts.due(NOW));
    expect(wideSteps(plan)).toEqual([expect.stringMatching(/^SCAN accounts/)]);
    expect(plan).toContainEqual(expect.stringMatching(/^SEARCH deals USING .*INDEX deals_due /));
  });

  it("of the exchanges to serve looks at each, for there are few, and at nothing that is not due", async () => {
    const plan = await planOf((lent) => lent.exchanges.due(NOW));
    expect(wideSteps(plan)).toEqual([expect.stringMatching(/^SCAN e/)]);
    expect(plan).toContainEqual(expect.stringMatching(/^SEARCH l USING .*INDEX leads_due /));
  });

  it("of leads that wait for their journal looks at each connection, and at no other lead", async () => {
    const plan = await planOf((lent) => lent.journals.isAwaited("a1", NOW));
    expect(wideSteps(plan)).toEqual([
      expect.stringMatching(/^SCAN c$/),
      expect.stringMatching(/^SEARCH leads USING (COVERING )?INDEX leads_due \(connection_id=\? AND due_at>\?\)$/),
    ]);
  });

  it("of leads that wait for a person goes by an index of just those", async () => {
    const plan = await planOf(async (lent) => {
      await lent.leads.listDead(0, 10);
      await lent.leads.retryAll("c1");
    });
    expect(plan).toEqual([expect.stringContaining("INDEX leads_dead"), expect.stringContaining("INDEX leads_dead")]);
  });

  it("of holding what is due walks through the deals of one connection once", async () => {
    const plan = await planOf((lent) => lent.deals.holdDue("c1", { code: "DRY_RUN", message: "" }));
    expect(wideSteps(plan)).toEqual([expect.stringMatching(/^SEARCH deals USING INDEX \w+ \(connection_id=\?\)$/)]);
  });

  it("of listing what waits for a person goes by an index of just that, in its order", async () => {
    for (const status of ["held", "dead"] as const) {
      const plan = await planOf((lent) => lent.deals.listHeldOrDead(status, 0, 10));
      expect(plan).toEqual([expect.stringContaining(`INDEX deals_${status} (`)]);
    }
  });

  it("of finding who holds a guid goes by the guid", async () => {
    const plan = await planOf((lent) => lent.deals.holdersOf("guid-1"));
    expect(wideSteps(plan)).toEqual(["SEARCH documents USING INDEX documents_by_guid (guid=?)"]);
  });

  it("of what has been kept long enough goes by an index of just that, in its order", async () => {
    const plan = await planOf((lent) => lent.personalData.expired(NOW, 100));
    expect(wideSteps(plan)).toEqual([expect.stringMatching(/^SEARCH deals USING INDEX deals_personal \(personal_at/)]);
    expect(plan.join("\n")).not.toContain("TEMP B-TREE");
  });

  it("of reading all documents goes on where the last page ended", async () => {
    const plan = await planOf((lent) => lent.personalData.documentsAfter("c1", "guid-1", 100));
    expect(plan[0]).toMatch(/^SEARCH documents USING INDEX sqlite_autoindex_documents_1 \(\(connection_id,guid\)>/);
    expect(plan.join("\n")).not.toContain("TEMP B-TREE");
  });

  it("of claiming goes by both indexes of due deals and sorts nothing", async () => {
    const plan = await planOf((lent) => lent.claims.claim("a1", "L", NOW));
    expect(plan).toContainEqual(expect.stringMatching(/INDEX deals_due \(/));
    expect(plan).toContainEqual(expect.stringMatching(/INDEX deals_due_step \(/));
    expect(plan.join("\n")).not.toContain("TEMP B-TREE");
  });

  it("of taking back claimed deals goes by the index of leased deals", async () => {
    for (const call of [acquire, unclaim]) {
      expect(await planOf(call)).toContainEqual(expect.stringMatching(/INDEX deals_leased \(/));
    }
  });

  it("that walks through a table, or through a connection, is noticed", async () => {
    const walks = [
      "SELECT * FROM deals WHERE reason = 'x'",
      "SELECT * FROM documents WHERE connection_id = 'c1' AND deal_key || '' = 'x'",
      "UPDATE deals SET lease = NULL WHERE lease = 'x'",
      "SELECT * FROM deals AS one JOIN deals AS two ON one.reason = two.reason WHERE one.id = 1",
    ];
    for (const sql of walks) expect(wideSteps(await explain([{ sql, args: [] }]))).not.toEqual([]);
  });
});

async function createMemory(): Promise<Client> {
  const client = createClient({ url: ":memory:" });
  await migrate(client, () => NOW);
  return client;
}

/** Deals of every kind, two documents each; no ANALYZE, for nothing runs it in production. */
async function fill(client: Client, database: Database): Promise<void> {
  await insertBasics(database);
  const numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows)";
  await client.batch(
    [
      {
        sql: `${numbers} INSERT INTO deals (connection_id, key, account_id, site_id, order_number, order_at, status, revision,
                                            writer, contact_hashes, changed_at, due_at, created_at)
              SELECT 'c1', 'key-' || i, 'a1', '41234', 'number-' || i, 0,
                     CASE i % 4 WHEN 0 THEN 'due' WHEN 1 THEN 'held' WHEN 2 THEN 'dead' ELSE 'delivered' END,
                     1, 'filler', '[]', 0, i, 0 FROM n`,
        args: { rows: ROWS },
      },
      {
        sql: `${numbers} INSERT INTO documents (connection_id, guid, deal_key, digest, entered_at, manual, sealed, received_at)
              SELECT 'c1', 'guid-' || i, 'key-' || (i / 2), 'digest', 0, 0, 'sealed', 0 FROM n`,
        args: { rows: ROWS },
      },
    ],
    "write",
  );
}
