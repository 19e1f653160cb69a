// The node is reached past the proxies of the environment.
import { expect, test } from "vitest";
import { withNoProxy } from "../../../embedded/cli/no-proxy.ts";
import { proxyFromEnvironment } from "../../../kube/connection/environment-proxy.ts";

test.each([
  [{}, {}],
  [{ NO_PROXY: "a.test" }, {}],
  [{ HTTPS_PROXY: "http://p:1" }, { NO_PROXY: "10.250.0.2" }],
  [{ https_proxy: "http://p:1", NO_PROXY: "a.test" }, { NO_PROXY: "a.test,10.250.0.2" }],
  [{ HTTP_PROXY: "http://p:1", no_proxy: "a.test," }, { no_proxy: "a.test,10.250.0.2" }],
  [
    { http_proxy: "http://p:1", NO_PROXY: "b.test", no_proxy: "10.250.0.2,a.test" },
    { NO_PROXY: "b.test,10.250.0.2", no_proxy: "10.250.0.2,a.test" },
  ],
])("in the environment %j by %j", (env: NodeJS.ProcessEnv, added) => {
  expect(withNoProxy(env, "10.250.0.2")).toEqual(added);
  const server = new URL("https://10.250.0.2:6443");
  expect(proxyFromEnvironment(server, { ...env, ...added })).toBeUndefined();
});
