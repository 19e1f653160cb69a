// The credentials of a kubeconfig's user, and the headers that say whom it impersonates.
import type { CredentialSource, Credentials } from "../connection/connection.ts";
import { RenewedFile } from "../connection/renewed-file.ts";
import { type Context, type Part, pathOf, read, type UserFields } from "./context.ts";
import { fromPlugin } from "./exec.ts";

/** The user's credentials; undefined if it has none. A plugin is asked only for a user without other credentials, as in client-go. */
export function credentialsOf(user: Part<UserFields>, cluster: Context["cluster"]): CredentialSource | undefined {
  const { fields } = user;
  const { token, username, password, exec } = fields;
  const sources: Partial<Record<keyof Credentials, (fresh: boolean) => Promise<string>>> = {};
  const cert = contentOf(user, "client-certificate");
  const key = contentOf(user, "client-key");
  if (cert && key) Object.assign(sources, { cert, key });
  if (fields.tokenFile) {
    const file = renewed(user, "tokenFile");
    sources.authorization = async (fresh) => `Bearer ${await file.current(fresh)}`;
  } else if (token) sources.authorization = async () => `Bearer ${token.trim()}`;
  else if (username !== undefined || password !== undefined)
    sources.authorization = async () =>
      `Basic ${Buffer.from(`${username ?? ""}:${password ?? ""}`).toString("base64")}`;
  if (Object.keys(sources).length === 0) return exec && fromPlugin(exec, user, cluster);
  let last: Credentials = {};
  return async (rejected) => {
    const parts = await Promise.all(
      Object.entries(sources).map(async ([name, get]) => [name, await get(rejected === last)] as const),
    );
    const current: Credentials = Object.fromEntries(parts);
    if (parts.some(([name, value]) => last[name as keyof Credentials] !== value)) last = current;
    return last;
  };
}

function renewed(user: Part<UserFields>, name: "tokenFile" | "client-certificate" | "client-key"): RenewedFile {
  return read(user, name, () => new RenewedFile(pathOf(user, user.fields[name] ?? "")));
}

function contentOf(
  user: Part<UserFields>,
  name: "client-certificate" | "client-key",
): ((fresh: boolean) => Promise<string>) | undefined {
  const data = user.fields[`${name}-data`];
  if (data !== undefined) {
    const text = Buffer.from(data, "base64").toString("utf8");
    return async () => text;
  }
  if (user.fields[name] === undefined) return undefined;
  const file = renewed(user, name);
  return (fresh) => file.current(fresh);
}

/** Headers that say whom the user impersonates (`as…`), as client-go writes them; no headers if it impersonates nobody. */
export function impersonation({ fields }: Part<UserFields>): Record<string, string | string[]> {
  const { as, "as-uid": uid, "as-groups": groups, "as-user-extra": extra = {} } = fields;
  return {
    ...(as ? { "Impersonate-User": headerValue(as) } : {}),
    ...(uid ? { "Impersonate-Uid": headerValue(uid) } : {}),
    ...(groups ? { "Impersonate-Group": groups.map(headerValue) } : {}),
    ...Object.fromEntries(
      Object.entries(extra).map(([key, values]) => [`Impersonate-Extra-${headerKey(key)}`, values.map(headerValue)]),
    ),
  };
}

/** Bytes that a header's name can't hold are written as %XX. */
function headerKey(key: string): string {
  return [...Buffer.from(key)]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      return /[\w!#$&'*+.^`|~-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    })
    .join("");
}

/** Node writes a header's characters as one byte each: a text in UTF-8 is given as one character for each byte. */
function headerValue(text: string): string {
  return Buffer.from(text).toString("latin1");
}
