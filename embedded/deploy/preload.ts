// Loaded into the processes of a program and of a policy pack before Pulumi's SDK: skips work of the SDK that nothing
// here uses, which is more than half of a run's time. A module that another version of the SDK has elsewhere is left unchanged.
import type { Session } from "node:inspector";
import { createRequire, Module } from "node:module";
import { promisify } from "node:util";
import { packSocketVariable, positionsVariable } from "./preload-variables.ts";

type Exports = Record<string, unknown>;
type Function = (...args: unknown[]) => unknown;

const require = createRequire(process.argv[1] ?? import.meta.filename);

/** A module of the SDK, by its path from cmd/run; undefined where this version has none. */
function load(path: string): Exports | undefined {
  try {
    return require(path) as Exports;
  } catch {
    return undefined;
  }
}

/** Replaces a module by `exports`, which load the real one when it is used. */
function postpone(path: string, exports: (real: () => Exports) => Exports): void {
  let file: string;
  try {
    file = require.resolve(path);
  } catch {
    return;
  }
  let real: Exports | undefined;
  const placeholder = new Module(file);
  placeholder.loaded = true;
  placeholder.exports = exports(() => {
    if (real) return real;
    delete require.cache[file];
    real = require(file) as Exports;
    return real;
  });
  require.cache[file] = placeholder;
}

// If calls are traced, this must be loaded before anything loads gRPC.
load("./instrumentation");

// If they are not, nothing reads the spans of a run.
const tracing = load("@opentelemetry/api") as
  | { trace?: { getTracer(name: string): { startSpan: Function } } }
  | undefined;
const tracer = tracing?.trace?.getTracer("nodejs-runtime");
if (tracer && !process.env.TRACEPARENT)
  postpone("./tracing.js", () => ({ __esModule: true, newSpan: (name: unknown) => tracer.startSpan(name) }));

/** Stands in for a module's exports, and loads the module when one of them is used. */
const lazily = (real: () => Exports): Exports =>
  new Proxy({} as Exports, {
    get: (_, name) => (name === "__esModule" ? true : real()[String(name)]),
    has: (_, name) => Reflect.has(real(), name),
    ownKeys: () => Reflect.ownKeys(real()),
    getOwnPropertyDescriptor: (_, name) => {
      const property = Reflect.getOwnPropertyDescriptor(real(), name);
      return property && { ...property, configurable: true };
    },
  });

// Few programs run other programs by the automation API.
postpone("../../automation/index.js", lazily);

// TypeScript's compiler and npm's Arborist serialize functions of a program, for dynamic providers, which few programs have.
postpone("../../typescript-shim.js", lazily);
postpone("../../runtime/closure/codePaths.js", (real) => ({
  __esModule: true,
  computeCodePaths: (...args: unknown[]) => (real().computeCodePaths as Function)(...args),
}));

// So does V8's debugger, which would be notified of each script from the start. It reports all scripts again when it is re-enabled.
postpone("../../runtime/closure/v8Hooks.js", (real) => {
  const enabled = async () => {
    const session = (await (real().getSessionAsync as Function)()) as Session;
    const post = promisify(session.post as (method: string, done: (error: Error | null) => void) => void).bind(session);
    await post("Debugger.disable");
    await post("Debugger.enable");
    return session;
  };
  let session: ReturnType<typeof enabled> | undefined;
  const getSessionAsync = async () => {
    session ??= enabled();
    return await session;
  };
  return {
    __esModule: true,
    isInitializedAsync: async () => {},
    getSessionAsync,
    getScriptUrl: (id: unknown) => (real().getScriptUrl as Function)(id),
  };
});

// Each promise of the SDK would carry a stack trace mapped to its sources, which is only read when PULUMI_DEBUG_PROMISE_LEAKS is set.
const debuggable = load("../../runtime/debuggable.js");
if (typeof debuggable?.debuggablePromise === "function" && !process.env.PULUMI_DEBUG_PROMISE_LEAKS) {
  const original = debuggable.debuggablePromise as Function;
  debuggable.debuggablePromise = (...args: unknown[]) => {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      return original(...args);
    } finally {
      Error.stackTraceLimit = limit;
    }
  };
}

// Debug messages go to the deployer one after the other, several for each resource, with every property in clear. It drops them.
const log = load("../../log/index.js");
if (typeof log?.debug === "function") log.debug = () => Promise.resolve();

// Only a policy run needs to know where the program constructs each resource.
const { Resource } = (load("../../resource.js") ?? {}) as { Resource?: Exports };
if (typeof Resource?.stackTrace === "function" && !process.env[positionsVariable]) Resource.stackTrace = () => [];

// A policy pack would serve on a port of loopback, where every user of the machine could tell it what to overlook.
const socket = process.env[packSocketVariable];
if (socket) {
  const pack = createRequire(`${process.argv.at(-1)}/package.json`);
  const { Server } = createRequire(pack.resolve("@pulumi/policy"))("@grpc/grpc-js") as typeof import("@grpc/grpc-js");
  const bindAsync = Server.prototype.bindAsync;
  Server.prototype.bindAsync = function (_port, credentials, bound) {
    bindAsync.call(this, `unix:${socket}`, credentials, bound);
  };
}
