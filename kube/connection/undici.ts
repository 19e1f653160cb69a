// The parts of undici that are used. Its index would load all of it (fetch, WebSocket, caches): 13 MB more in each pod.
import { createRequire } from "node:module";
import type {
  Agent as UndiciAgent,
  buildConnector as UndiciBuildConnector,
  Pool as UndiciPool,
  ProxyAgent as UndiciProxyAgent,
} from "undici";

export type { Dispatcher } from "undici";

const require = createRequire(import.meta.url);
const Dispatcher = require("undici/lib/dispatcher/dispatcher.js") as { prototype: object };
// As in undici's index: request() and its siblings are mixed in, not inherited.
Object.assign(Dispatcher.prototype, require("undici/lib/api/index.js"));

export type Pool = UndiciPool;
export type Agent = UndiciAgent;
export const Pool = require("undici/lib/dispatcher/pool.js") as typeof UndiciPool;
export const Agent = require("undici/lib/dispatcher/agent.js") as typeof UndiciAgent;
export const buildConnector = require("undici/lib/core/connect.js") as typeof UndiciBuildConnector;

/** The agent for a proxy, which is loaded only where there is one. */
export function proxyAgent(): typeof UndiciProxyAgent {
  return require("undici/lib/dispatcher/proxy-agent.js") as typeof UndiciProxyAgent;
}
