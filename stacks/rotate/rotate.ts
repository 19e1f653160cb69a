// Rotates passwords and tokens: brings the stack up with the next generation, waits until nobody runs with the last, and ends that one.
import { setTimeout as sleep } from "node:timers/promises";
import { type Rotated, type RotationConfig, rotated } from "../config/rotation.ts";
import { agentsIn, behind, type Lists, tenantsOf } from "./holders.ts";
import { heldOutside, unfinished, withNextGeneration, withoutPrevious } from "./plan.ts";

/** A stack whose credentials are rotated. */
export interface RotatingStack {
  /** The generations as the stack's config has them. */
  read(): Promise<RotationConfig>;
  /** Writes them into the config and brings the stack up. */
  bringUp(rotation: RotationConfig): Promise<void>;
  /** A client of its cluster with all rights. */
  client(): Promise<Lists>;
  say(text: string): void;
  /** The command that ends what is held outside, for people to type. */
  finishCommand: string;
}

export interface RotateOptions {
  /** What to rotate. Default: everything. */
  names?: readonly Rotated[];
  /** Also end what is held outside, whose holders have the new ones by now; begins nothing. */
  finish?: boolean;
  /** Milliseconds after which no pod begins with the last generation any more, once the Secrets have the next; default 10 s. */
  settleMs?: number;
  /** Milliseconds between looks at the pods; default 5 s. */
  pollMs?: number;
}

/**
 * Rotates. What has begun earlier and was cut off goes on from there. Gives whether all that nobody outside holds is ended: it
 * isn't where a tenant of another stack doesn't have the new credentials yet.
 */
export async function rotate(stack: RotatingStack, options: RotateOptions = {}): Promise<boolean> {
  const { names = rotated, finish = false } = options;
  const { say, finishCommand } = stack;
  let now = await stack.read();
  const open = unfinished(now, names);
  if (finish && open.length === 0) {
    say("Nothing to finish: no rotation is under way");
    return true;
  }
  if (!finish) {
    const stale = open.filter((name) => heldOutside.includes(name));
    if (stale.length > 0) say(`${list(stale)}: the last rotation isn't finished, so no other begins: ${finishCommand}`);
    const fresh = names.filter((name) => !open.includes(name));
    const going = names.filter((name) => !stale.includes(name));
    if (going.length === 0) return true;
    say(`${list(going)}: a new generation, beside the one in use`);
    now = withNextGeneration(now, fresh);
    await stack.bringUp(now);
  }
  const ending = unfinished(now, names).filter((name) => finish || !heldOutside.includes(name));
  // No pod of ours holds a token for events.
  const late = ending.some((name) => name !== "events") ? await untilReleased(stack, now, options) : [];
  if (late.length > 0) {
    say(
      `${late.join(", ")}: has the old credentials until its own stack has run (pulumi up there). Then: ${finishCommand}`,
    );
    return false;
  }
  if (ending.length > 0) {
    say(`${list(ending)}: nobody here uses the old generation any more: it ends`);
    now = withoutPrevious(now, ending);
    await stack.bringUp(now);
  }
  const remaining = unfinished(now, names);
  if (remaining.length > 0)
    say(
      `${list(remaining)}: old and new are good, since people and systems outside hold them. ` +
        `Once they have the new ones (docs/rotation.md): ${finishCommand}`,
    );
  return true;
}

const list = (names: readonly Rotated[]) => names.join(", ");

/** Waits until every agent that may have begun with an earlier generation has ended. Gives the tenants that don't have the new one. */
async function untilReleased(
  { client: connect, say }: Pick<RotatingStack, "client" | "say">,
  rotation: RotationConfig,
  { settleMs = 10_000, pollMs = 5_000 }: RotateOptions,
): Promise<string[]> {
  const client = await connect();
  try {
    const namespaces = await tenantsOf(client);
    const late = await behind(client, namespaces, {
      objectStore: rotation.minio.generation,
      postgres: rotation.postgres.generation,
      litellm: rotation.litellm.generation,
      browserless: rotation.browserless.generation,
    });
    // Whoever begins from here on has the new ones: the kubelet may be a moment behind.
    await sleep(settleMs);
    const earlierAgents = await agentsIn(client, namespaces);
    for (let lastCount = -1; earlierAgents.size > 0; await sleep(pollMs)) {
      const running = await agentsIn(client, namespaces);
      for (const uid of earlierAgents.keys()) if (!running.has(uid)) earlierAgents.delete(uid);
      if (earlierAgents.size > 0 && earlierAgents.size !== lastCount) {
        const [first] = earlierAgents.values();
        say(`waiting for ${earlierAgents.size} steps that began before, such as ${first}`);
      }
      lastCount = earlierAgents.size;
    }
    return late;
  } finally {
    await client.close();
  }
}
