// `make rotate`: changes the instance's passwords and tokens while everything runs.

import { Client } from "@agentic/kube/client/client.ts";
import { connect } from "@agentic/kube/connection/connect.ts";
import { rotationConfig } from "../../stacks/config/rotation.ts";
import { chosen } from "../../stacks/rotate/plan.ts";
import { rotate as rotateStack } from "../../stacks/rotate/rotate.ts";
import { holding } from "./hold.ts";
import { instance, instanceName } from "./instance.ts";
import { stackSection } from "./program.ts";
import { keepRotation, ownRotation } from "./rotation.ts";
import { runSteps } from "./tasks.ts";
import { type Platform, platformSteps } from "./up.ts";

/** Rotates everything, or what ONLY names; FINISH=1 ends the old ones that people and systems outside hold. */
export async function rotate(): Promise<void> {
  const names = chosen((process.env.ONLY ?? "").split(/[ ,]+/).filter(Boolean));
  const finish = process.env.FINISH === "1";
  const { kubeconfig } = await instance();
  const work = async () =>
    await rotateStack(
      {
        read: async () => ownRotation() ?? rotationConfig(stackSection("rotation")),
        bringUp: async (rotation) => {
          keepRotation(rotation);
          const platform: Partial<Platform> = {};
          await runSteps(platformSteps(platform));
        },
        client: async () => new Client(await connect({ KUBECONFIG: kubeconfig })),
        say: console.log,
        finishCommand: "make rotate FINISH=1",
      },
      { names, finish },
    );
  if (!(await holding(instanceName, work, console.log))) process.exitCode = 1;
}
