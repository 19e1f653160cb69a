// Rolls pods when what they read has changed: their template carries a hash of it.
import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";

/** Key of the annotation. */
export const checksumAnnotation = "agentic.io/checksum";

/** An annotation that changes with the content. Secret content stays secret: only its hash is written. */
export function checksum(content: pulumi.Input<object | string>): { [checksumAnnotation]: pulumi.Output<string> } {
  const text = pulumi.jsonStringify(content);
  const hash = text.apply((json) => createHash("sha256").update(json).digest("hex").slice(0, 16));
  // 64 bits of a hash reveal nothing of random content; a secret annotation would make the whole template secret.
  return { [checksumAnnotation]: pulumi.unsecret(hash) };
}
