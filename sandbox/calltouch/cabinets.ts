/** The sites with all that belongs to them, and the ids they share. */
import { createDealBook, type DealBook } from "./deal-book.ts";
import { createLeadBook, type LeadBook } from "./lead.ts";
import { createPointsLedger, type PointsLedger, type Site } from "./site.ts";

const FIRST_DEAL_ID = 7_071_678;
const FIRST_LEAD_ID = 3_204_001;
/** Ids grow by one to this many at a time: nobody else's deals are contiguous either. */
const ID_GAP_MAX = 9;

export interface Cabinet {
  site: Site;
  leads: LeadBook;
  deals: DealBook;
  points: PointsLedger;
}

export interface Cabinets {
  open(site: Site): void;
  change(site: Site): void;
  get(siteId: string): Cabinet | undefined;
  all(): Cabinet[];
  nextDealId(): number;
  nextLeadId(): number;
}

export function createCabinets(random: () => number): Cabinets {
  const cabinets = new Map<string, Cabinet>();
  const createCounter = (first: number) => {
    let last = first - 1;
    return () => {
      last += 1 + Math.floor(random() * ID_GAP_MAX);
      return last;
    };
  };
  return {
    open(site) {
      if (cabinets.has(site.siteId)) throw new Error(`site ${site.siteId} exists`);
      cabinets.set(site.siteId, {
        site,
        leads: createLeadBook(),
        deals: createDealBook(),
        points: createPointsLedger(),
      });
    },
    change(site) {
      const cabinet = cabinets.get(site.siteId);
      if (cabinet) cabinet.site = site;
    },
    get: (siteId) => cabinets.get(siteId),
    all: () => [...cabinets.values()],
    nextDealId: createCounter(FIRST_DEAL_ID),
    nextLeadId: createCounter(FIRST_LEAD_ID),
  };
}
