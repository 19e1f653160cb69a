// Which calls of the protocol pass, and what is answered in the browser's place.
import { expect, test } from "vitest";
import { judge as judgeIn } from "../../../components/data/browserless/front/calls.ts";
import { Sessions } from "../../../components/data/browserless/front/sessions.ts";

const sessions = new Sessions();
const noteMessage = (message: object) => sessions.note(Buffer.from(JSON.stringify(message)));
const attached = (sessionId: string, targetInfo: { type: string; url: string; browserContextId?: string }) =>
  noteMessage({ method: "Target.attachedToTarget", params: { sessionId, targetInfo } });

// The browser's own context is there from the beginning, and the connection makes one.
attached("EARLIER", { type: "page", url: "about:blank", browserContextId: "D" });
noteMessage({ id: 1, result: { browserContextId: "C" } });
attached("S", { type: "page", url: "about:blank", browserContextId: "C" });
const judge = (text: string) => judgeIn(text, sessions);

const call = (method: string, params?: object, sessionId = "S") => JSON.stringify({ id: 7, method, params, sessionId });
const reason = (text: string) => JSON.parse(judge(text).refusal ?? "{}").error?.message;

test("a call of the steps passes with its parameters, in its session", () => {
  const text = call("Page.navigate", { url: "https://shop.test/", frameId: "F" });
  expect(JSON.parse(judge(text).call ?? "")).toEqual(JSON.parse(text));
});

test("a refusal answers the call, with what would be right", () => {
  expect(JSON.parse(judge(call("Page.navigate", { url: "file:///etc/passwd" })).refusal ?? "")).toEqual({
    id: 7,
    error: { code: -32601, message: "not allowed by the platform: Page.navigate: url must begin with http: or https:" },
    sessionId: "S",
  });
});

test.each([
  ["DOM.setFileInputFiles", { files: ["/etc/passwd"] }],
  ["Input.dispatchDragEvent", {}],
  ["Extensions.loadUnpacked", { path: "/tmp" }],
  ["Target.getTargets", {}],
  ["Target.sendMessageToTarget", { message: "{}" }],
  ["Target.exposeDevToolsProtocol", {}],
  ["Fetch.continueRequest", { url: "file:///etc/passwd" }],
  ["Network.loadNetworkResource", { url: "file:///etc/passwd" }],
  ["Browser.crash", {}],
  ["constructor", {}],
])("%s is refused", (method, params) => {
  expect(reason(call(method, params))).toBe(
    `not allowed by the platform: ${method} is not among the calls by which steps draw pages`,
  );
});

test.each([
  "file:///etc/passwd",
  " file:///etc/passwd",
  "view-source:http://x.test/",
  "chrome://version",
  "javascript:1",
  "devtools://devtools/bundled/inspector.html",
  undefined,
])("no page is opened at %s", (url) => {
  expect(reason(call("Page.navigate", { url }))).toContain("url must begin with http: or https:");
  expect(reason(call("Target.createTarget", { url }))).toContain("url must be about:blank");
});

test("downloads stay away, whatever is asked", () => {
  const downloads = { behavior: "allow", downloadPath: "/dev/shm", browserContextId: "C" };
  expect(JSON.parse(judge(call("Browser.setDownloadBehavior", downloads)).call ?? "").params).toEqual({
    behavior: "deny",
    browserContextId: "C",
  });
});

test("of a field that stands there twice, the browser gets the one that was judged", () => {
  const twice = '{"id":1,"method":"DOM.setFileInputFiles","method":"Runtime.enable","more":"x"}';
  expect(judge(twice).call).toBe('{"id":1,"method":"Runtime.enable","params":{}}');
});

const notOpened = "the session is not with a page that this connection has opened";

test.each([
  ["browser_ui", "chrome://omnibox-popup.top-chrome/"],
  ["page", "chrome://settings/"],
  ["page", "file:///etc/passwd"],
  ["service_worker", "chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai/main.js"],
  ["page", "devtools://devtools/bundled/inspector.html"],
  ["tab", "about:blank"],
])("no call is made in a session with the browser's own %s %s, but that it may begin", (type, url) => {
  attached("own", { type, url, browserContextId: "C" });
  for (const sessionId of ["own", "unknown"]) {
    for (const method of ["Runtime.evaluate", "Page.enable"])
      expect(reason(call(method, {}, sessionId))).toBe(`not allowed by the platform: ${method}: ${notOpened}`);
    expect(judge(call("Runtime.runIfWaitingForDebugger", {}, sessionId)).call).toBeDefined();
  }
});

test.each([
  ["iframe", ""],
  ["iframe", "https://shop.test/frame"],
  ["worker", "blob:https://shop.test/1"],
  ["page", "chrome-error://chromewebdata/"],
])("calls are made in a session with a %s at '%s' of a context of the connection", (type, url) => {
  attached(`${type} ${url}`, { type, url, browserContextId: "C" });
  expect(judge(call("Runtime.evaluate", {}, `${type} ${url}`)).call).toBeDefined();
});

test("calls are made in a session with the browser as a whole", () => {
  attached("whole", { type: "browser", url: "" });
  expect(judge(call("Target.createBrowserContext", {}, "whole")).call).toBeDefined();
});

test("a page that was there before is looked at, and nothing is loaded or run in it", () => {
  for (const [method, params] of [
    ["Page.enable", {}],
    ["Page.addScriptToEvaluateOnNewDocument", { source: "" }],
  ] as const)
    expect(judge(call(method, params, "EARLIER")).call).toBeDefined();
  for (const [method, params] of [
    ["Page.navigate", { url: "https://shop.test/" }],
    ["Runtime.evaluate", { expression: "location = 'https://shop.test/'" }],
    ["Runtime.callFunctionOn", {}],
    ["Fetch.enable", {}],
    ["Page.addScriptToEvaluateOnNewDocument", { source: "1", runImmediately: true }],
  ] as const)
    expect(reason(call(method, params, "EARLIER"))).toBe(`not allowed by the platform: ${method}: ${notOpened}`);
});

test.each([undefined, "D", "unknown", ["C"]])(
  "no page is opened in the context %j, which isn't the connection's",
  (id) => {
    expect(reason(call("Target.createTarget", { url: "about:blank", browserContextId: id }))).toBe(
      "not allowed by the platform: Target.createTarget: browserContextId must be that of a context which this connection has made",
    );
  },
);

test("what a page says is no message of the browser's", () => {
  noteMessage({ id: 2, result: { result: { value: '{"id":1,"result":{"browserContextId":"E"}}' } } });
  noteMessage({ id: 2, result: { targetInfo: { browserContextId: "E" } } });
  attached("other", { type: "page", url: "about:blank", browserContextId: "E" });
  expect(reason(call("Runtime.evaluate", {}, "other"))).toContain(notOpened);
});

test("a page is not attached by a filter of the tenant's", () => {
  const autoAttach = { autoAttach: true, waitForDebuggerOnStart: true, flatten: true };
  expect(JSON.parse(judge(call("Target.setAutoAttach", { ...autoAttach, filter: [{}] })).call ?? "").params).toEqual(
    autoAttach,
  );
});

const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;

test.each([
  `{"id":${deep},"method":"Runtime.enable"}`,
  `{"id":1,"method":${deep}}`,
  '{"id":1,"method":{"toString":1}}',
  `{"id":1,"method":"Runtime.enable","sessionId":${deep}}`,
  '{"method":"Runtime.enable"}',
])("an id, a method or a session of another kind is refused and no more: %#", (text) => {
  expect(reason(text)).toBe(
    "not allowed by the platform: id must be a whole number, method a text, sessionId a text or absent",
  );
});

test("parameters that are too deep to be written are refused", () => {
  const text = `{"id":1,"method":"Runtime.enable","params":{"a":${deep}}}`;
  expect(reason(text)).toMatch(/^not allowed by the platform: Runtime.enable: Maximum call stack/);
});

test("a refusal repeats no more of a name than a person reads", () => {
  expect(reason(call("x".repeat(1_000_000))).length).toBeLessThan(300);
});

test.each(["", "[", "null", "7", '"Page.navigate"'])("the message %j is no call", (text) => {
  expect(judge(text).refusal).toContain("not allowed by the platform");
});
