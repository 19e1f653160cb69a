// A stack of the Pulumi CLI whose credentials are rotated: its config is its file, and its cluster the one that it hands out.
import { Client } from "@agentic/kube/client/client.ts";
import { connectionOf } from "@agentic/kube/kubeconfig/connection.ts";
import type { ConfigMap, Stack } from "@pulumi/pulumi/automation/index.js";
import { type RotationConfig, rotationConfig } from "../config/rotation.ts";
import type { RotatingStack } from "../rotate/rotate.ts";

/** What of a stack is used. */
type ConfiguredStack = Pick<Stack, "name" | "getAllConfig" | "setAllConfig" | "outputs"> & {
  workspace: Pick<Stack["workspace"], "projectSettings">;
};

/** `up` brings the stack up. */
export function rotatingStack(stack: ConfiguredStack, up: () => Promise<void>): RotatingStack {
  const key = async () => `${(await stack.workspace.projectSettings()).name}:rotation`;
  return {
    async read() {
      const text = (await stack.getAllConfig())[await key()]?.value;
      return rotationConfig(text ? JSON.parse(text) : undefined);
    },
    async bringUp(rotation) {
      await stack.setAllConfig(paths(await key(), rotation), true);
      await up();
    },
    async client() {
      const { kubeconfig } = await stack.outputs();
      if (!kubeconfig?.value) throw new Error("the stack has no output kubeconfig: bring it up first (up)");
      return new Client(connectionOf({ kubeconfig: String(kubeconfig.value) }));
    },
    say: console.log,
    finishCommand: `npm run env -- rotate ${stack.name} --finish`,
  };
}

/** Values by their paths in the config, as `pulumi config set --path` takes them. */
function paths(key: string, rotation: RotationConfig): ConfigMap {
  return Object.fromEntries(
    Object.entries(rotation).flatMap(([name, value]) =>
      Object.entries(value).map(([field, content]) => [`${key}.${name}.${field}`, { value: String(content) }]),
    ),
  );
}
