// The two parts of undici that the operator uses. Its index would load all of it (fetch, WebSocket, caches): 13 MB more.
import { createRequire } from "node:module";
import type { Agent as UndiciAgent, Pool as UndiciPool } from "undici";

const require = createRequire(import.meta.url);
const Dispatcher = require("undici/lib/dispatcher/dispatcher.js") as { prototype: object };
// As undici's index does: request() and its kin are mixed in, not inherited.
Object.assign(Dispatcher.prototype, require("undici/lib/api/index.js"));

export type Pool = UndiciPool;
export type Agent = UndiciAgent;
export const Pool = require("undici/lib/dispatcher/pool.js") as typeof UndiciPool;
export const Agent = require("undici/lib/dispatcher/agent.js") as typeof UndiciAgent;
