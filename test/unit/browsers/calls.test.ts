// Which calls of the protocol pass, and what is answered in the browser's place.
import { expect, test } from "vitest";
import { judge as judgeIn } from "../../../components/data/browserless/front/calls.ts";
import { Sessions } from "../../../components/data/browserless/front/sessions.ts";

const sessions = new Sessions();
const attached = (sessionId: string, type: string, url: string) =>
  sessions.note(
    Buffer.from(
      JSON.stringify({ method: "Target.attachedToTarget", params: { sessionId, targetInfo: { type, url } } }),
    ),
  );
attached("S", "page", "about:blank");
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
  const asked = { behavior: "allow", downloadPath: "/dev/shm", browserContextId: "C" };
  expect(JSON.parse(judge(call("Browser.setDownloadBehavior", asked)).call ?? "").params).toEqual({
    behavior: "deny",
    browserContextId: "C",
  });
});

test("of a field that stands there twice, the browser gets the one that was judged", () => {
  const twice = '{"id":1,"method":"DOM.setFileInputFiles","method":"Runtime.enable","more":"x"}';
  expect(judge(twice).call).toBe('{"id":1,"method":"Runtime.enable","params":{}}');
});

test.each([
  ["browser_ui", "chrome://omnibox-popup.top-chrome/"],
  ["page", "chrome://settings/"],
  ["page", "file:///etc/passwd"],
  ["service_worker", "chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai/main.js"],
  ["page", "devtools://devtools/bundled/inspector.html"],
  ["tab", "about:blank"],
])("no call is made in a session with the browser's own %s %s, but that it may begin", (type, url) => {
  attached("own", type, url);
  for (const sessionId of ["own", "unknown"]) {
    expect(reason(call("Runtime.evaluate", { expression: "1" }, sessionId))).toBe(
      "not allowed by the platform: Runtime.evaluate: the session is not with a page, but with the browser's own, or there is none",
    );
    expect(judge(call("Runtime.runIfWaitingForDebugger", {}, sessionId)).call).toBeDefined();
  }
});

test.each([
  ["iframe", ""],
  ["iframe", "https://shop.test/frame"],
  ["worker", "blob:https://shop.test/1"],
  ["page", "chrome-error://chromewebdata/"],
  ["browser", ""],
])("calls are made in a session with a %s at '%s'", (type, url) => {
  attached(`${type} ${url}`, type, url);
  expect(judge(call("Runtime.enable", {}, `${type} ${url}`)).call).toBeDefined();
});

test("a page is not attached by a filter of the tenant's", () => {
  const asked = { autoAttach: true, waitForDebuggerOnStart: true, flatten: true };
  expect(JSON.parse(judge(call("Target.setAutoAttach", { ...asked, filter: [{}] })).call ?? "").params).toEqual(asked);
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
