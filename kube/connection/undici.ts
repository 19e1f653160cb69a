// The parts of undici that are used. Its index would load all of it (fetch, WebSocket, caches): 13 MB more in each pod.
import api from "undici/lib/api/index.js";
import buildConnector from "undici/lib/core/connect.js";
import Agent from "undici/lib/dispatcher/agent.js";
import Dispatcher from "undici/lib/dispatcher/dispatcher.js";
import Pool from "undici/lib/dispatcher/pool.js";
import ProxyAgent from "undici/lib/dispatcher/proxy-agent.js";

export type { Dispatcher } from "undici";
export { Agent, buildConnector, Pool, ProxyAgent };

// As in undici's index: request() and its siblings are mixed in, not inherited.
Object.assign(Dispatcher.prototype, api);
