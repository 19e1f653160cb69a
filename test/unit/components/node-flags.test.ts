// The flags of Node of a server.
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { quantity } from "../../../api/quantities.ts";
import { serverFlags } from "../../../components/node-flags.ts";
import { declared } from "../../../stacks/config/declared.ts";

describe("a server's flags", () => {
  it("give V8 a part of the container's memory", () => {
    expect(serverFlags("256Mi")).toContain("--max-old-space-size=160");
    expect(serverFlags("1Gi")).toContain("--max-old-space-size=640");
  });

  it("are ones that Node.js has", () => {
    const { status, stderr } = spawnSync(process.execPath, [...serverFlags("256Mi"), "-e", ""], { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  it.each(Object.entries(declared.operator.sizes))(
    "leave room for what isn't V8's in the operator of profile %s",
    (_, { resources }) => {
      const limit = quantity(resources.limits.memory) / 2 ** 20;
      const [heap = 0] = serverFlags(resources.limits.memory).flatMap((flag) =>
        flag.startsWith("--max-old-space-size=") ? [Number(flag.split("=")[1])] : [],
      );
      // Node.js itself takes 80 MiB, most of it pages of its program that the kernel can drop.
      expect(limit - heap).toBeGreaterThanOrEqual(90);
      expect(heap).toBeGreaterThanOrEqual(150);
    },
  );
});
