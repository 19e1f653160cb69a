// The token by which MinIO shows its metrics: a JWT that the user's own key signs, as `mc admin prometheus generate` makes it.
import { createHmac } from "node:crypto";

/** Name of the user whom only the metrics are shown to. */
export const metricsUser = "metrics";

/** What that user may do, as a policy of MinIO's. */
export const metricsPolicy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: ["admin:Prometheus"] }],
});

/** The token ends with the key, which is rotated with the store's others: MinIO asks for some end, and this is none. */
const NEVER = Date.UTC(2100, 0) / 1000;

/** The token that the key of the user signs. */
export function metricsToken(key: string, user: string = metricsUser): string {
  const part = (fields: object) => Buffer.from(JSON.stringify(fields)).toString("base64url");
  const text = `${part({ alg: "HS512", typ: "JWT" })}.${part({ exp: NEVER, sub: user, iss: "prometheus" })}`;
  return `${text}.${createHmac("sha512", key).update(text).digest("base64url")}`;
}
