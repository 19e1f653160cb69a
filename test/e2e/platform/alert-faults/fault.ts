// What a fault is that raises alerts, and what faults are made of.
import { get, type KubeObject, kubectl } from "../../../../embedded/cli/cluster.ts";
import type { RaisedAlert } from "../../raised-alerts.ts";
import { platform } from "../platform.ts";

/** What goes wrong, which alerts say so, and how it is made and unmade. */
export interface Fault {
  alerts: readonly RaisedAlert[];
  begin: () => Promise<unknown>;
  end: () => Promise<unknown>;
}

export const kube = (...args: string[]) => kubectl(platform, args);

/** Changes an object's fields. */
export const patch = (space: string, object: string, fields: object) =>
  kube("patch", "-n", space, object, "--type=merge", "-p", JSON.stringify(fields));

/** Deletes a pod, whose set makes it anew. */
export const again = (space: string, pod: string) => kube("delete", "pod", "-n", space, pod, "--wait=false");

/** Starts a Deployment's pods again, one after the other, and waits for them. */
export async function restart(space: string, name: string): Promise<void> {
  await kube("rollout", "restart", "-n", space, `deployment/${name}`);
  await kube("rollout", "status", "-n", space, `deployment/${name}`, "--timeout=300s");
}

/** A file that a part reads as it starts. */
export interface Configuration {
  space: string;
  kind: "secret" | "configmap";
  name: string;
  file: string;
}

/** Part of the objects that have files. */
interface WithFiles extends KubeObject {
  data?: Record<string, string>;
}

/** A part that runs with another configuration for a time: JSON, which `change` changes. */
export function misconfigured<Content>(
  alerts: Fault["alerts"],
  { space, kind, name, file }: Configuration,
  { change, start }: { change: (content: Content) => void; start: () => Promise<unknown> },
): Fault {
  const encoding = kind === "secret" ? "base64" : "utf8";
  let before: string | undefined;
  const write = (content: string) => patch(space, `${kind}/${name}`, { data: { [file]: content } });
  return {
    alerts,
    begin: async () => {
      before = (await get<WithFiles>(platform, kind, name, space))?.data?.[file] ?? "";
      const content = JSON.parse(Buffer.from(before, encoding).toString()) as Content;
      change(content);
      await write(Buffer.from(JSON.stringify(content)).toString(encoding));
      await start();
    },
    end: async () => {
      if (before === undefined) return;
      await write(before);
      await start();
    },
  };
}

/** A part without a pod; it gets back as many as it had. */
export function gone(alert: RaisedAlert, space: string, part: string): Fault {
  let replicas: string | undefined;
  return {
    alerts: [alert],
    begin: async () => {
      replicas = await kube("get", "-n", space, part, "-o", "jsonpath={.spec.replicas}");
      await kube("scale", "-n", space, part, "--replicas=0");
    },
    end: async () => {
      if (replicas !== undefined) await kube("scale", "-n", space, part, `--replicas=${replicas}`);
    },
  };
}
