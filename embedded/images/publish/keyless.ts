// Signs images without a key of one's own: Fulcio certifies who signs, by an OIDC token, and Rekor has the signature on record.
import { createHash, generateKeyPairSync, sign, X509Certificate } from "node:crypto";
import { Agent, request } from "node:https";
import { json } from "node:stream/consumers";
import {
  getSignatures,
  payloadType,
  putSignatures,
  type SignedImage,
  signatureAnnotation,
  signatureTag,
  signedPayload,
} from "./signing.ts";

/** A Fulcio and a Rekor. */
export interface Sigstore {
  fulcio: string;
  rekor: string;
  /** PEM of the authority that signed the certificates of both, where it is none of the system's. */
  ca?: string;
}

/** Fulcio's answer to a request for a certificate; the one or the other chain is there. */
interface Certified {
  signedCertificateEmbeddedSct?: { chain: { certificates: string[] } };
  signedCertificateDetachedSct?: { chain: { certificates: string[] } };
}

/** An entry of Rekor's log. */
interface LogEntry {
  body: string;
  integratedTime: number;
  logID: string;
  logIndex: number;
  verification: { signedEntryTimestamp: string };
}

const annotation = (name: string) => `dev.sigstore.cosign/${name}`;

/**
 * Adds a signature by whom the token is of, in cosign's form. The key is used once and forgotten; the token's audience must be the
 * one that Fulcio expects. Returns the signer's certificate. Throws with the service's answer where it refuses.
 */
export async function signKeyless(image: SignedImage, token: string, sigstore: Sigstore): Promise<X509Certificate> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const [certificate = "", ...chain] = await certify(sigstore, {
    credentials: { oidcIdentityToken: token },
    publicKeyRequest: {
      publicKey: { algorithm: "ECDSA", content: publicKey.export({ type: "spki", format: "pem" }) },
      // That the key is the requester's: its signature of the token's subject.
      proofOfPossession: sign("sha256", Buffer.from(subjectOf(token)), privateKey).toString("base64"),
    },
  });
  const payload = signedPayload(image.name, image.digest);
  const signature = sign("sha256", payload, privateKey).toString("base64");
  const { verification, body, integratedTime, logIndex, logID } = await record(sigstore, {
    data: { hash: { algorithm: "sha256", value: createHash("sha256").update(payload).digest("hex") } },
    signature: { content: signature, publicKey: { content: Buffer.from(certificate).toString("base64") } },
  });
  const { registry, repository } = image;
  const annotations = {
    [signatureAnnotation]: signature,
    [annotation("certificate")]: certificate,
    [annotation("chain")]: chain.join("\n"),
    [annotation("bundle")]: JSON.stringify({
      SignedEntryTimestamp: verification.signedEntryTimestamp,
      Payload: { body, integratedTime, logIndex, logID },
    }),
  };
  const layer = { ...(await registry.putBytes(repository, payloadType, payload)), annotations };
  const tag = signatureTag(image.digest);
  const layers = [...(await getSignatures(registry, repository, tag)), layer];
  await putSignatures({ registry, repository, tag, layers });
  return new X509Certificate(certificate);
}

async function certify({ fulcio, ca }: Sigstore, body: object): Promise<string[]> {
  const answer = await post<Certified>(new URL("/api/v2/signingCert", fulcio), body, ca);
  const { chain } = answer.signedCertificateEmbeddedSct ?? answer.signedCertificateDetachedSct ?? {};
  if (!chain) throw new Error(`${fulcio}: the answer has no certificate`);
  return chain.certificates.map((certificate) => `${certificate.trim()}\n`);
}

async function record({ rekor, ca }: Sigstore, spec: object): Promise<LogEntry> {
  const body = { apiVersion: "0.0.1", kind: "hashedrekord", spec };
  const [entry] = Object.values(await post<Record<string, LogEntry>>(new URL("/api/v1/log/entries", rekor), body, ca));
  if (!entry) throw new Error(`${rekor}: the answer has no entry`);
  return entry;
}

/** The subject that a token names. Whether the token is genuine is Fulcio's to say. */
function subjectOf(token: string): string {
  const [, claims = ""] = token.split(".");
  try {
    const { sub } = JSON.parse(Buffer.from(claims, "base64url").toString()) as { sub?: string };
    if (sub) return sub;
  } catch {
    // Said below.
  }
  throw new Error("the identity's token is not a JSON Web Token with a subject");
}

async function post<T>(url: URL, body: object, ca: string | undefined): Promise<T> {
  const agent = new Agent({ ...(ca === undefined ? {} : { ca }) });
  try {
    return await new Promise<T>((resolve, reject) => {
      const sent = request(url, { agent, method: "POST", headers: { "content-type": "application/json" } });
      sent.once("error", (error) => reject(new Error(`${url.href}: ${error.message}`)));
      sent.once("response", (response) => {
        json(response).then(
          (answer) => {
            const { statusCode = 0 } = response;
            if (statusCode === 200 || statusCode === 201) resolve(answer as T);
            else reject(new Error(`${url.href}: ${statusCode}: ${(answer as { message?: string }).message ?? ""}`));
          },
          (error: Error) => reject(new Error(`${url.href}: ${error.message}`)),
        );
      });
      sent.end(JSON.stringify(body));
    });
  } finally {
    agent.destroy();
  }
}
