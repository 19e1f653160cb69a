// Pulumi's mocks for stacks that make a cluster.
import * as pulumi from "@pulumi/pulumi";
import { beforeAll } from "vitest";

/** A resource that a program has registered. */
export interface Registered {
  type: string;
  name: string;
  // biome-ignore lint/suspicious/noExplicitAny: inputs of every kind of resource
  inputs: any;
}

/** Has every program of the test file run against mocks; gives what it registers. `answer` is what a resource is besides its inputs. */
export function mockClusters(answer: (name: string) => { id: string; state: object }, preview: boolean): Registered[] {
  const registered: Registered[] = [];
  beforeAll(() =>
    pulumi.runtime.setMocks(
      {
        newResource: ({ type, name, inputs }) => {
          registered.push({ type, name, inputs });
          const { id, state } = answer(name);
          return { id, state: { ...inputs, ...state } };
        },
        call: ({ inputs }) => inputs,
      },
      "agentic-platform",
      "dev",
      preview,
    ),
  );
  return registered;
}

/** What a cluster at `server` has its tool say. */
export function localCluster(server: string): {
  kubeconfig: string;
  answer: (name: string) => { id: string; state: object };
} {
  const kubeconfig = JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "one",
    contexts: [{ name: "one", context: { cluster: "one", user: "one" } }],
    clusters: [{ name: "one", cluster: { server } }],
    users: [{ name: "one", user: {} }],
  });
  return { kubeconfig, answer: (name) => ({ id: name, state: { stdout: kubeconfig, result: `random-${name}` } }) };
}
