// A tenant's daily digest of what waits for its people, as the stack's config says it and the operator sends it.
import { NOTIFY_FORMATS, type NotifyFormat } from "./notify.ts";

export interface Digest {
  /** When, each day, as {@link DIGEST_TIME}. */
  at: string;
  /** Whose clock, by IANA's name. Default UTC. */
  timeZone?: string;
  /** Default json. */
  format?: NotifyFormat;
}

/** The digests by namespace, as the operator is told them. */
export type Digests = Readonly<Record<string, Digest>>;

/** A time of the day, such as 09:00. */
export const DIGEST_TIME = "^([01][0-9]|2[0-3]):[0-5][0-9]$";

/** The key of the Secret `notify` that says where a digest is posted to: such addresses are secrets of Slack and Teams. */
export const DIGEST_URL_KEY = "digest-url";

/** Whether this system knows a time zone by that name. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The digests in this JSON; throws an error that says what is wrong with them. */
export function parseDigests(json: string): Digests {
  const digests = JSON.parse(json) as Digests;
  for (const [namespace, { at, timeZone = "UTC", format = "json" }] of Object.entries(digests)) {
    if (!new RegExp(DIGEST_TIME).test(at)) throw new Error(`at of ${namespace} is no time such as 09:00: ${at}`);
    if (!isTimeZone(timeZone)) throw new Error(`timeZone of ${namespace} is none: ${timeZone}`);
    if (!NOTIFY_FORMATS.includes(format)) throw new Error(`format of ${namespace} is none: ${format}`);
  }
  return digests;
}
