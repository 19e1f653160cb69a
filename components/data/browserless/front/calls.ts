// Which calls of the Chrome DevTools Protocol a tenant may make: those by which its steps draw pages.
//
// The others reach beyond the browser's own pages: files of the container (`DOM.setFileInputFiles`, downloads, `file:` URLs),
// extensions, the network. Playwright's next release may make new calls: the steps' tests then say which one is refused.
import type { SessionKind, Sessions } from "./sessions.ts";

type Params = Readonly<Record<string, unknown>>;

/** The parameters that the browser gets in the place of the tenant's. Throws what is wrong with those. */
type Rule = (params: Params, sessions: Sessions) => Params;

/** Lets a target begin; Playwright calls it wherever it is attached, also where it stays no longer. */
const GO_ON = "Runtime.runIfWaitingForDebugger";

const asTheyAre: Rule = (params) => params;

const blank: Rule = (params, sessions) => {
  if (params.url !== "about:blank") throw new Error("url must be about:blank");
  if (!sessions.hasContext(params.browserContextId))
    throw new Error("browserContextId must be that of a context which this connection has made");
  return params;
};

const toPages: Rule = (params) => {
  if (!/^https?:/i.test(String(params.url))) throw new Error("url must begin with http: or https:");
  return params;
};

/** Playwright asks for downloads wherever it connects; what a page wants to be saved stays away. */
const noDownloads: Rule = ({ browserContextId, eventsEnabled }) => ({
  behavior: "deny",
  browserContextId,
  eventsEnabled,
});

/** Without a filter, which could ask for what the browser keeps from others. */
const unfiltered: Rule = ({ autoAttach, waitForDebuggerOnStart, flatten }) => ({
  autoAttach,
  waitForDebuggerOnStart,
  flatten,
});

/**
 * What Playwright calls for the page that the browser begins with. It is never left: what a page of its context stores is written to a
 * disk that all tenants' browsers share.
 */
const untouched: ReadonlySet<string> = new Set([
  GO_ON,
  "Emulation.setEmulatedMedia",
  "Emulation.setFocusEmulationEnabled",
  "Inspector.enable",
  "Log.enable",
  "Network.enable",
  "Page.createIsolatedWorld",
  "Page.enable",
  "Page.getFrameTree",
  "Page.setFontFamilies",
  "Page.setLifecycleEventsEnabled",
  "Runtime.enable",
  "Target.setAutoAttach",
]);

/** Whether a call may be made in a session. */
function mayCall(method: string, params: Params, kind: SessionKind | undefined): boolean {
  if (kind === undefined) return method === GO_ON;
  if (kind !== "earlier") return true;
  return untouched.has(method) || (method === "Page.addScriptToEvaluateOnNewDocument" && params.source === "");
}

const allowed: ReadonlyMap<unknown, Rule> = new Map([
  ["Browser.setDownloadBehavior", noDownloads],
  ["Page.navigate", toPages],
  ["Target.createTarget", blank],
  ["Target.setAutoAttach", unfiltered],
  ...[
    "Browser.getVersion",
    "Browser.getWindowForTarget",
    "Browser.setWindowBounds",
    "DOMSnapshot.captureSnapshot",
    "Emulation.setDeviceMetricsOverride",
    "Emulation.setEmulatedMedia",
    "Emulation.setFocusEmulationEnabled",
    "Emulation.setScriptExecutionDisabled",
    "Fetch.enable",
    "Fetch.failRequest",
    "Fetch.fulfillRequest",
    "Inspector.enable",
    "Log.enable",
    "Network.enable",
    "Network.setCacheDisabled",
    "Page.addScriptToEvaluateOnNewDocument",
    "Page.captureScreenshot",
    "Page.close",
    "Page.createIsolatedWorld",
    "Page.enable",
    "Page.getFrameTree",
    "Page.getLayoutMetrics",
    "Page.handleJavaScriptDialog",
    "Page.setFontFamilies",
    "Page.setLifecycleEventsEnabled",
    "Performance.enable",
    "Performance.getMetrics",
    "Runtime.addBinding",
    "Runtime.callFunctionOn",
    "Runtime.enable",
    "Runtime.evaluate",
    "Runtime.releaseObject",
    GO_ON,
    "Target.attachToBrowserTarget",
    "Target.attachToTarget",
    "Target.closeTarget",
    "Target.createBrowserContext",
    "Target.detachFromTarget",
    "Target.disposeBrowserContext",
    "Target.getTargetInfo",
  ].map((method): [string, Rule] => [method, asTheyAre]),
]);

/** A call to pass on, or what is answered in the browser's place; both are messages of the protocol. */
export type Judgement = { call: string; refusal?: undefined } | { call?: undefined; refusal: string };

/** Characters of a name that a refusal repeats. */
const MAX_NAME = 100;

/**
 * Judges one message. What is passed on is written anew from what was judged: another reader of the same text, such as the
 * browser, might take another one of two fields with the same name.
 */
export function judge(text: string, sessions: Sessions): Judgement {
  let message: Params;
  try {
    message = fieldsOf(JSON.parse(text));
  } catch {
    return refused({}, "the message is not a JSON object");
  }
  const { id, method, sessionId } = message;
  const params = fieldsOf(message.params);
  if (!Number.isSafeInteger(id) || typeof method !== "string" || !isTextOrNothing(sessionId))
    return refused({}, "id must be a whole number, method a text, sessionId a text or absent");
  const name = method.slice(0, MAX_NAME);
  const rule = allowed.get(method);
  if (!rule) return refused({ id, sessionId }, `${name} is not among the calls by which steps draw pages`);
  if (!mayCall(method, params, sessions.kindOf(sessionId)))
    return refused({ id, sessionId }, `${name}: the session is not with a page that this connection has opened`);
  try {
    return { call: JSON.stringify({ id, method, params: rule(params, sessions), sessionId }) };
  } catch (error) {
    return refused({ id, sessionId }, `${name}: ${(error as Error).message}`);
  }
}

const isTextOrNothing = (value: unknown): value is string | undefined =>
  value === undefined || typeof value === "string";

function fieldsOf(value: unknown): Params {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/** The protocol's error, with the code that Chromium gives for an unknown method. */
function refused({ id, sessionId }: { id?: unknown; sessionId?: string | undefined }, reason: string): Judgement {
  const error = { code: -32601, message: `not allowed by the platform: ${reason}` };
  return { refusal: JSON.stringify({ id, error, sessionId }) };
}
