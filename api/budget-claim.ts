// What the model gateway books a workload's calls on: a claim that the operator signs, and the key that steps call with.
import { createHmac } from "node:crypto";

/** Limits of what a workload, or a tenant in a month, may spend on models; absent: no limit. */
export interface Limits {
  /** Billionths of the currency, as a decimal whole number. */
  amount?: string;
  tokens?: number;
  calls?: number;
}

/** A claim's content; components/data/litellm/claims.py reads it. */
export interface BudgetClaim extends Limits {
  /** Namespace and uid of the workload. */
  namespace: string;
  uid: string;
}

/** Header of a call that carries the claim. */
export const CLAIM_HEADER = "x-agentic-claim";

/** The claim as text: base64url of JSON, a dot, base64url of its HMAC-SHA256. */
export function signClaim(claim: BudgetClaim, key: string): string {
  const body = Buffer.from(JSON.stringify(claim)).toString("base64url");
  return `${body}.${createHmac("sha256", key).update(body).digest("base64url")}`;
}

/** The key that a tenant's steps have in the place of the tenant's own, which doesn't follow from it. */
export function stepKey(key: string): string {
  return `sk-step-${createHmac("sha256", key).update("agent step").digest("hex")}`;
}
