/** What a job may be asked to do with the deals of its period. */
export const JOB_ACTIONS = ["create", "update", "attribution"] as const;
export type JobAction = (typeof JOB_ACTIONS)[number];

export function isJobAction(text: string): text is JobAction {
  return JOB_ACTIONS.some((action) => action === text);
}
