// `agentic suspend`, `resume`, `delete` and `wait`: what happens to a workload that is there.
import { workloadPath } from "@agentic/kube/workloads/paths.ts";
import type { Command } from "commander";
import { print } from "../output.ts";
import { type SessionOptions, withSession } from "../session.ts";
import { waitForEnd } from "./end.ts";
import { examples, timeoutOption } from "./options.ts";

export function addLifecycle(program: Command): void {
  const named = (verb: string, description: string) =>
    program.command(verb).argument("<name>", "name of the workload").description(description);

  const wait = named("wait", "wait for a workload's end; the exit code is its verdict")
    .addOption(timeoutOption())
    .action((name: string) => {
      const options = wait.optsWithGlobals<SessionOptions & { timeout?: number }>();
      return withSession(options, (session) => waitForEnd(session, name, options.timeout));
    });
  examples(wait, { "agentic wait prices --timeout 10m && echo done": "go on once it has completed" });

  for (const [verb, suspend, description] of [
    ["suspend", true, "start no step of a workload until it is resumed; steps that run go on"],
    ["resume", false, "let a suspended workload go on"],
  ] as const) {
    const command = named(verb, description).action((name: string) =>
      withSession(command.optsWithGlobals(), async ({ client, namespace }) => {
        await client.patch(workloadPath(namespace, name), { spec: { suspend } });
        print(`${name}: ${suspend ? "suspended" : "resumed"}`);
      }),
    );
    examples(command, { [`agentic ${verb} prices`]: description });
  }

  const remove = named("delete", "delete a workload with its run; its artifacts stay").action((name: string) =>
    withSession(remove.optsWithGlobals(), async ({ client, namespace }) => {
      await client.delete(workloadPath(namespace, name));
      print(`${name}: deleted`);
    }),
  );
  examples(remove, { "agentic delete prices": "end it, and take it and its pods away" });
}
