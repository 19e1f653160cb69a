// Secrets in a stack's file, as Pulumi's passphrase provider encrypts them.
// Rules of sdk/go/common/resource/config (crypt.go, object.go) and pkg/secrets/passphrase in pulumi/pulumi.
import { createDecipheriv, pbkdf2Sync } from "node:crypto";
import { readFileSync } from "node:fs";
import { type ConfigValue, isMap } from "./values.ts";

/** How a file's secrets are encrypted, as it says itself. */
export interface Encryption {
  file: string;
  encryptionsalt?: string;
  secretsprovider?: string;
  /** Called only where there is a secret. */
  passphrase: () => string;
}

/** The ciphertext of an encrypted value; undefined for any other value. */
function ciphertextOf(value: ConfigValue): string | undefined {
  const { secure } = isMap(value) && Object.keys(value).length === 1 ? value : {};
  return typeof secure === "string" ? secure : undefined;
}

/** Whether a value, or a part of it, is encrypted. */
export function isEncrypted(value: ConfigValue): boolean {
  if (typeof value !== "object" || value === null) return false;
  return ciphertextOf(value) !== undefined || Object.values(value).some(isEncrypted);
}

/** A function that returns a value with its encrypted parts decrypted. It throws where it can't, and names the part. */
export function createDecrypter({ file, encryptionsalt, secretsprovider, passphrase }: Encryption) {
  let key: Buffer | undefined;
  const decrypted = (value: ConfigValue, where: string): ConfigValue => {
    if (Array.isArray(value)) return value.map((item, i) => decrypted(item, `${where}[${i}]`));
    if (!isMap(value)) return value;
    const text = ciphertextOf(value);
    if (text === undefined)
      return Object.fromEntries(
        Object.entries(value).map(([name, item]) => [name, decrypted(item, `${where}.${name}`)]),
      );
    if (!encryptionsalt)
      throw new Error(
        `${file}: ${where} is encrypted by ${secretsprovider ?? "Pulumi's service"}: only the passphrase provider (encryptionsalt) can be read without the CLI`,
      );
    key ??= keyOf(passphrase(), encryptionsalt, file);
    return decrypt(key, text, `${file}: ${where}`);
  };
  return decrypted;
}

/** The passphrase from the CLI's environment variables. */
export function fromEnvironment(): string {
  const { PULUMI_CONFIG_PASSPHRASE: text, PULUMI_CONFIG_PASSPHRASE_FILE: file } = process.env;
  if (text !== undefined) return text;
  if (file) return readFileSync(file, "utf8").trim();
  throw new Error(
    "the stack's secrets need a passphrase: set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE",
  );
}

/** The salt is `v1:<base64 salt>:<a known word, encrypted>`: the word tells a wrong passphrase from a damaged value. */
function keyOf(passphrase: string, salt: string, file: string): Buffer {
  const [version, bytes = "", ...check] = salt.split(":");
  if (version !== "v1") throw new Error(`${file}: encryptionsalt has version '${version}', not v1`);
  const key = pbkdf2Sync(passphrase, Buffer.from(bytes, "base64"), 1_000_000, 32, "sha256");
  if (decrypt(key, check.join(":"), `${file}: encryptionsalt`, "the passphrase is wrong") !== "pulumi")
    throw new Error(`${file}: the passphrase is wrong`);
  return key;
}

/** Decrypts `v1:<base64 nonce>:<base64 AES-256-GCM text and tag>`. */
function decrypt(key: Buffer, text: string, where: string, why = "it is damaged and can't be decrypted"): string {
  const [version, nonce = "", ciphertext = ""] = text.split(":");
  const bytes = Buffer.from(ciphertext, "base64");
  try {
    if (version !== "v1") throw new Error("unknown version");
    const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"));
    decipher.setAuthTag(bytes.subarray(-16));
    return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString("utf8");
  } catch {
    throw new Error(`${where}: ${why}`);
  }
}
