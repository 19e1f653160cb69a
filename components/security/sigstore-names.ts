// What others call the Sigstore in the cluster: apart from its component, since who signs or builds its image needs no Pulumi.
import { NAMESPACES } from "@agentic/api/names.ts";

/** Its two parts: names of their Services, and their pods' label. */
export const fulcioPart = "fulcio";
export const rekorPart = "rekor";

/** Name of its TrustRoot, which policies name. */
export const sigstoreRoot = "cluster";

/** Where the pods of the cluster find them. */
export const fulcioUrl = `https://${fulcioPart}.${NAMESPACES.cosign}.svc`;
export const rekorUrl = `https://${rekorPart}.${NAMESPACES.cosign}.svc`;

/** Fulcio and Rekor as one program of ours, which nobody publishes: by their releases, the port of both, and the user. */
export const sigstoreImage = {
  ref: "localhost/agentic-platform/sigstore:fulcio1.8.8-rekor1.5.3",
  uid: 65532,
  port: 8443,
} as const;
