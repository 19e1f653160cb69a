// The TLS options of a connection to an API server, for undici's and Node's own clients.
import { isIP } from "node:net";
import { type ConnectionOptions, checkServerIdentity } from "node:tls";
import type { Connection, Credentials } from "./connection.ts";

/** Options of a TLS connection to the API server. */
export function tlsOptions(
  { ca, serverName, insecure, headers = {} }: Connection,
  { cert, key }: Credentials,
): ConnectionOptions & { allowH2?: boolean } {
  return {
    // Over HTTP/2 undici joins a header's values by commas: two impersonated groups would become one of another name.
    ...(Object.values(headers).some((value) => Array.isArray(value) && value.length > 1) ? { allowH2: false } : {}),
    ...(ca ? { ca } : {}),
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
    rejectUnauthorized: !insecure,
    ...(serverName ? expectName(serverName) : {}),
  };
}

/** Has the certificate checked for a name or an address. An address can't be sent by SNI (RFC 6066), but a certificate may carry it. */
function expectName(name: string): ConnectionOptions {
  if (isIP(name) === 0) return { servername: name };
  return { checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate) };
}
