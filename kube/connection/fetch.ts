// Fetch of servers whose certificates no authority of the system's has signed.
import { fetch } from "undici/lib/web/fetch/index.js";
import { Agent } from "./undici.ts";

/**
 * Fetch (WHATWG) by which a server's certificate must be signed by one of these authorities (PEM), and by none of the system's. With
 * undici's own fetch, as Node's takes agents of its own version alone.
 */
export function fetchTrusting(ca: string): typeof fetch {
  const dispatcher = new Agent({ connect: { ca } });
  return (input, init) => fetch(input, { ...init, dispatcher });
}
