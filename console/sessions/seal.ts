// Seals what browsers keep for the console: encrypted with the console's own key, for one purpose, until a time.
import { hkdfSync } from "node:crypto";
import { EncryptJWT, type JWTPayload, jwtDecrypt } from "jose";

const ENCRYPTION = { alg: "dir", enc: "A256GCM" } as const;

export class Seal {
  readonly #key: Uint8Array;

  /** @param secret any text with the entropy of a key */
  constructor(secret: string) {
    this.#key = new Uint8Array(hkdfSync("sha256", secret, "", "agentic-console/seal", 32));
  }

  /** Seals for a purpose, until a time in seconds since the epoch. */
  async close(purpose: string, content: Record<string, unknown>, until: number): Promise<string> {
    return await new EncryptJWT(content)
      .setProtectedHeader(ENCRYPTION)
      .setAudience(purpose)
      .setExpirationTime(until)
      .encrypt(this.#key);
  }

  /** What was sealed; `expired` where its time is over, undefined where it isn't of this key and purpose. */
  async open(purpose: string, sealed: string): Promise<JWTPayload | "expired" | undefined> {
    try {
      const { payload } = await jwtDecrypt(sealed, this.#key, {
        audience: purpose,
        keyManagementAlgorithms: [ENCRYPTION.alg],
        contentEncryptionAlgorithms: [ENCRYPTION.enc],
      });
      return payload;
    } catch (error) {
      return (error as { code?: string }).code === "ERR_JWT_EXPIRED" ? "expired" : undefined;
    }
  }
}
