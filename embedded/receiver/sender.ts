// Whether an event comes from somebody who has the tenant's token: by its signature, or by the token itself.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { DELIVERY_ID_PATTERN, SIGNED, TOKEN_PREFIX } from "@agentic/api/webhook.ts";
import { Refusal } from "./body.ts";

const deliveryId = new RegExp(DELIVERY_ID_PATTERN);

/** Refuses with 401 headers that don't carry one of the tokens as `Authorization: Bearer <token>`. */
export function checkBearer({ authorization }: IncomingHttpHeaders, tokens: readonly string[]): void {
  const [scheme, sent] = authorization?.split(" ", 2) ?? [];
  if (
    scheme !== "Bearer" ||
    sent === undefined ||
    !tokens.some((token) => timingSafeEqual(sha256(sent), sha256(token)))
  )
    throw new Refusal(401, "send the tenant's token as 'Authorization: Bearer <token>'");
}

/** The `webhook-id` where there is one. Refuses with 400 one that no workload can be named after. */
export function deliveryIdOf(headers: IncomingHttpHeaders): string | undefined {
  const id = headers[SIGNED.id];
  if (id === undefined) return undefined;
  if (typeof id !== "string" || !deliveryId.test(id))
    throw new Refusal(
      400,
      `${SIGNED.id} must be 1 to 50 of a-z, A-Z, 0-9, - and _, with a letter or a digit at its end`,
    );
  return id;
}

/** What a sender signed, but for the body. */
export interface Signed {
  id: string;
  timestamp: string;
  signatures: string[];
}

/** What the headers say of a signature. Refuses with 401 headers without one, or with one of another time than now. */
export function signedOf(headers: IncomingHttpHeaders, now: number): Signed {
  const id = deliveryIdOf(headers);
  const [timestamp, signature] = [headers[SIGNED.timestamp], headers[SIGNED.signature]];
  if (id === undefined || typeof timestamp !== "string" || typeof signature !== "string")
    throw new Refusal(401, `sign the event, in the headers ${SIGNED.id}, ${SIGNED.timestamp} and ${SIGNED.signature}`);
  const seconds = Math.floor(now / 1000);
  const age = /^\d{1,12}$/.test(timestamp) ? seconds - Number(timestamp) : Number.NaN;
  if (!(Math.abs(age) <= SIGNED.toleranceSeconds))
    throw new Refusal(
      401,
      `${SIGNED.timestamp} must be the seconds since 1970 of this try, within ${SIGNED.toleranceSeconds} s of the receiver's clock: it is ${seconds}`,
    );
  return { id, timestamp, signatures: signature.split(" ") };
}

/** Refuses with 401 a body that none of the tokens has signed. */
export function checkSignature({ id, timestamp, signatures }: Signed, body: Buffer, tokens: readonly string[]): void {
  const expected = tokens.map((token) => {
    const key = Buffer.from(token.slice(TOKEN_PREFIX.length), "base64");
    return createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64");
  });
  const fits = signatures.some((signature) =>
    expected.some((right) => timingSafeEqual(sha256(signature), sha256(`v1,${right}`))),
  );
  if (!fits)
    throw new Refusal(
      401,
      `${SIGNED.signature} is not of the tenant's token: sign '<id>.<timestamp>.<body>' with the very bytes of the body`,
    );
}

/** Hashes have the same length whatever a caller sends, as timingSafeEqual requires. */
function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
