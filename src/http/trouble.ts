/** Why the exchange with an ERP does not go on, for the operator. */
export interface Trouble {
  /** Epoch milliseconds. */
  pausedUntil: number;
  code: string;
  message: string;
}

export function toTroubleView({ pausedUntil, code, message }: Trouble) {
  return { pausedUntil: new Date(pausedUntil).toISOString(), code, message };
}
