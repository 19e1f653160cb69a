// Which of an account's rights are used: its rules, held against what the API server's audit log says that it asked for.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PolicyRule } from "@agentic/api/rbac.ts";
import { auditFlags } from "../../embedded/node/audit.ts";

interface Entry {
  verb: string;
  objectRef?: { apiGroup?: string; resource: string; subresource?: string };
}

const rightOf = (verb: string, resource: string, group = "") => `${verb} ${resource}${group ? `.${group}` : ""}`;

/** The requests of one user. `flags` are kube-apiserver's, which records them. */
export class RecordedRights {
  readonly flags: string[];
  readonly #dir = mkdtempSync(join(tmpdir(), "rights-"));

  constructor(user: string) {
    const policy = join(this.#dir, "policy.json");
    const rules = [{ level: "Metadata", users: [user] }, { level: "None" }];
    writeFileSync(
      policy,
      JSON.stringify({ apiVersion: "audit.k8s.io/v1", kind: "Policy", omitStages: ["RequestReceived"], rules }),
    );
    this.flags = auditFlags(policy, this.#dir);
  }

  /**
   * What the rules give, nobody has asked for so far and no reason is told for, such as `get jobs.batch`; and reasons for what they don't
   * give. What is told a reason for may be asked for as well: it can hang on a race.
   */
  unexplained(rules: readonly PolicyRule[], reasons: Readonly<Record<string, string>>): string[] {
    const used = this.#used();
    const given = new Set(
      rules.flatMap(({ apiGroups, resources, verbs }) =>
        apiGroups.flatMap((group) =>
          resources.flatMap((resource) => verbs.map((verb) => rightOf(verb, resource, group))),
        ),
      ),
    );
    return [
      ...[...given].filter((right) => !used.has(right) && reasons[right] === undefined),
      ...Object.keys(reasons).filter((right) => !given.has(right)),
    ];
  }

  #used(): Set<string> {
    const log = readFileSync(join(this.#dir, "audit.log"), "utf8").trim().split("\n");
    return new Set(
      log.flatMap((line) => {
        const { verb, objectRef } = JSON.parse(line) as Entry;
        if (!objectRef) return [];
        const { resource, subresource, apiGroup } = objectRef;
        return [rightOf(verb, subresource ? `${resource}/${subresource}` : resource, apiGroup)];
      }),
    );
  }

  remove(): void {
    rmSync(this.#dir, { recursive: true });
  }
}
