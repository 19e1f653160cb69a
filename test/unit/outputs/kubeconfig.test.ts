// The kubeconfig that the stack hands out: empty where nobody could use it, with a word why.
import * as pulumi from "@pulumi/pulumi";
import { afterEach, expect, it, vi } from "vitest";
import { handedOut } from "../../../stacks/kubeconfig.ts";

afterEach(() => vi.restoreAllMocks());

const kubeconfig = (user: object) =>
  JSON.stringify({
    "current-context": "a",
    contexts: [{ name: "a", context: { cluster: "one", user: "alice" } }],
    clusters: [{ name: "one", cluster: { server: "https://one" } }],
    users: [{ name: "alice", user }],
  });

it("is the context alone", () => {
  expect(JSON.parse(handedOut({ kubeconfig: kubeconfig({ token: "t" }) })).users).toEqual([
    { name: "alice", user: { token: "t" } },
  ]);
});

it("is empty where there is no such file", () => {
  expect(handedOut({ kubeconfig: "/nowhere/kubeconfig" })).toBe("");
});

it("is empty, with a warning, where it needs a program of this machine", () => {
  const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
  const exec = { command: "/opt/login", apiVersion: "client.authentication.k8s.io/v1beta1" };
  expect(handedOut({ kubeconfig: kubeconfig({ exec }) })).toBe("");
  expect(warn).toHaveBeenCalledWith(
    expect.stringMatching(
      /kubeconfig is empty.*users\['alice'\]\.user\.exec\.command is \/opt\/login, a program of this/,
    ),
  );
});

it("is an error that names what can't be used at all", () => {
  expect(() => handedOut({ kubeconfig: kubeconfig({ token: "t" }), context: "b" })).toThrow(
    "has no context 'b': there are a",
  );
});
