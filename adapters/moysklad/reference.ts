/** References between MoySklad's entities. Built from the configured address, never taken from an answer or a webhook. */

export interface Reference {
  meta: { href: string; type: string; mediaType: "application/json" };
}

/** `path` is the entity's, from the base: `/entity/organization/aa…`. */
export function toReference(baseUrl: string, path: string, type: string): Reference {
  return { meta: { href: baseUrl + path, type, mediaType: "application/json" } };
}
