// Config key `tenants[].digest`: when a tenant's people hear what waits for their answer.
import { DIGEST_TIME, DIGEST_URL_KEY, type Digest, isTimeZone } from "@agentic/api/digest.ts";
import { NOTIFY_FORMATS } from "@agentic/api/notify.ts";
import { NOTIFY_SECRET } from "@agentic/api/rbac.ts";
import { Type } from "typebox";
import { closed } from "./fields.ts";

export const digestSchema = Type.Object(
  {
    at: Type.String({
      pattern: DIGEST_TIME,
      description: "When, each day, such as 09:00. Of a time that the clock leaves out, the next one that there is.",
    }),
    timeZone: Type.Optional(
      Type.String({ description: "Whose clock, by IANA's name, such as Europe/Berlin. Default UTC." }),
    ),
    format: Type.Optional(
      Type.Union(
        NOTIFY_FORMATS.map((format) => Type.Literal(format)),
        { description: "The body, as of spec.notify[].format. Default json." },
      ),
    ),
  },
  {
    ...closed,
    description: `When its people hear each day what waits for their answer. Where: key ${DIGEST_URL_KEY} of its Secret ${NOTIFY_SECRET}. Default: never.`,
  },
);

/** What is wrong with the digest of this tenant; `key` writes a config key in full. */
export function digestErrors(digest: Digest | undefined, key: string): string[] {
  const { timeZone = "UTC" } = digest ?? {};
  return isTimeZone(timeZone)
    ? []
    : [`${key}.timeZone '${timeZone}' is no time zone: give IANA's name, such as Europe/Berlin`];
}
