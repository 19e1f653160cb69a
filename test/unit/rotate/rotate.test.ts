// A rotation: which generations are good at which step, what it waits for, and where it goes on after it was cut off.
import { describe, expect, it } from "vitest";
import { type RotationConfig, rotated, rotationConfig } from "../../../stacks/config/rotation.ts";
import { chosen, unfinished, withNextGeneration, withoutPrevious } from "../../../stacks/rotate/plan.ts";
import { rotate } from "../../../stacks/rotate/rotate.ts";
import { fakeApi } from "../kube/fake-api.ts";

interface Pod {
  uid: string;
  phase: string;
}

/** A stack with a cluster of one tenant, whose pods are those of one list after the other, and what is done with it. */
function stackOf(settings: object = {}, { pods = [[]] as Pod[][], generation = 0, fails = 0 } = {}) {
  let rotation = rotationConfig(settings);
  let failures = fails;
  const rotations: RotationConfig[] = [];
  const messages: string[] = [];
  const podQueries: string[] = [];
  const answer = async (path: string) => {
    const podNamed = (name: string, more: object = {}) => ({ metadata: { name, namespace: "tenant-demo", ...more } });
    if (path.endsWith("/namespaces")) return [podNamed("tenant-demo")];
    if (path.endsWith("/secrets")) {
      const annotations = { "agentic.io/generation": String(generation || rotation.postgres.generation) };
      return [podNamed("postgres", { annotations }), podNamed("of-the-team")];
    }
    podQueries.push(`after ${rotations.length}`);
    const now = pods.length > 1 ? pods.shift() : pods[0];
    return now?.map(({ uid, phase }) => ({ ...podNamed(uid, { uid }), status: { phase } })) ?? [];
  };
  const stack = {
    read: async () => rotation,
    bringUp: async (next: RotationConfig) => {
      rotation = next;
      if (failures-- > 0) throw new Error("cut off");
      rotations.push(next);
    },
    client: async () => {
      const api = await fakeApi(async ({ path }) => ({ body: { metadata: {}, items: await answer(path) } }));
      return { list: api.client.list.bind(api.client), close: () => api.close() };
    },
    say: (text: string) => void messages.push(text),
    finishCommand: "rotate --finish",
  };
  return { stack, rotations, messages, podQueries, now: () => rotation };
}

const intervals = { settleMs: 1, pollMs: 1 };
const inCluster = ["postgres", "minio", "litellm", "browserless"] as const;
const generations = (rotation: RotationConfig) =>
  rotated.map((name) => `${rotation[name].generation}${rotation[name].keepPrevious ? "+" : ""}`).join(" ");

describe("a rotation of everything", () => {
  it("has both generations good, then ends what nobody outside holds, then the rest when it is told to", async () => {
    const { stack, rotations, messages } = stackOf();
    expect(await rotate(stack, intervals)).toBe(true);
    expect(rotations.map(generations)).toEqual(["2+ 2+ 2+ 2+ 2+ 2+", "2 2 2 2 2+ 2+"]);
    expect(messages.at(-1)).toBe(
      "events, accounts: old and new are good, since people and systems outside hold them. Once they have the new ones (docs/rotation.md): rotate --finish",
    );
    expect(await rotate(stack, { ...intervals, finish: true })).toBe(true);
    expect(rotations.map(generations).at(-1)).toBe("2 2 2 2 2 2");
    expect(await rotate(stack, { ...intervals, finish: true })).toBe(true);
    expect([rotations.length, messages.at(-1)]).toEqual([3, "Nothing to finish: no rotation is under way"]);
  });

  it("waits for the steps that began before, and for no others", async () => {
    const old = { uid: "old", phase: "Running" };
    const pods = [
      [old, { uid: "done", phase: "Succeeded" }],
      [old, { uid: "young", phase: "Running" }],
      [
        { ...old, phase: "Failed" },
        { uid: "young", phase: "Running" },
      ],
    ];
    const { stack, messages, podQueries } = stackOf({}, { pods });
    await rotate(stack, { ...intervals, names: inCluster });
    expect(podQueries).toEqual(["after 1", "after 1", "after 1"]);
    expect(messages).toContain("waiting for 1 steps that began before, such as tenant-demo/old");
  });

  it("ends nothing while another stack's tenant has the old credentials", async () => {
    const { stack, rotations, messages } = stackOf({}, { generation: 1 });
    expect(await rotate(stack, intervals)).toBe(false);
    expect(rotations.map(generations)).toEqual(["2+ 2+ 2+ 2+ 2+ 2+"]);
    expect(messages.at(-1)).toContain("tenant-demo: has the old credentials until its own stack has run");
  });

  it("goes on where it was cut off, with the same generation", async () => {
    const { stack, rotations, now } = stackOf({}, { fails: 1 });
    await expect(rotate(stack, { ...intervals, names: inCluster })).rejects.toThrow("cut off");
    expect(generations(now())).toBe("2+ 2+ 2+ 2+ 1 1");
    await rotate(stack, { ...intervals, names: inCluster });
    expect(rotations.map(generations)).toEqual(["2+ 2+ 2+ 2+ 1 1", "2 2 2 2 1 1"]);
  });
});

describe("a rotation of some", () => {
  it("leaves the others as they are, and looks at no pods for tokens that none of them has", async () => {
    const { stack, rotations, podQueries } = stackOf({ events: { generation: 4 } });
    await rotate(stack, { ...intervals, names: ["events"] });
    await rotate(stack, { ...intervals, names: ["events"], finish: true });
    expect(rotations.map(generations)).toEqual(["1 1 1 1 5+ 1", "1 1 1 1 5 1"]);
    expect(podQueries).toEqual([]);
  });

  it("begins none whose last one isn't finished: its holders would lose the token that they have", async () => {
    const { stack, rotations, messages } = stackOf({ events: { generation: 2, keepPrevious: true } });
    await rotate(stack, { ...intervals, names: ["events"] });
    expect([rotations, messages]).toEqual([
      [],
      ["events: the last rotation isn't finished, so no other begins: rotate --finish"],
    ]);
  });

  it("is of names that there are", () => {
    expect(chosen([])).toEqual(rotated);
    expect(chosen(["events", "postgres"])).toEqual(["postgres", "events"]);
    expect(() => chosen(["redis"])).toThrow("'redis' is not rotated: choose of postgres, minio, litellm");
  });
});

it("a plan begins with the next generation and ends with it alone", () => {
  const first = rotationConfig();
  const unfinishedRotation = withNextGeneration(first, ["minio"]);
  expect(unfinished(unfinishedRotation, rotated)).toEqual(["minio"]);
  expect(withoutPrevious(unfinishedRotation, ["minio"])).toEqual({
    ...first,
    minio: { generation: 2, keepPrevious: false },
  });
});
