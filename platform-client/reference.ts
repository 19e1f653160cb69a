// Another team's view of the platform: its stack's outputs, checked against the contract, with their types.
import type { CatalogueTemplate } from "@agentic/api/catalogue.ts";
import {
  CONTRACT_VERSION,
  OutputsSchema,
  outputErrors,
  type PlatformOutputs,
  versionError,
} from "@agentic/api/outputs.ts";
import { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import type { TenantGrant } from "../components/tenancy/grant.ts";
import { grantOf } from "./grant.ts";

/** The outputs that are no secrets: plain values, known as soon as the reference is there. */
export type PublicOutputs = Omit<PlatformOutputs, keyof Secrets>;

type Secrets = Pick<PlatformOutputs, "kubeconfig" | "tenantKubeconfigs" | "tenantGrants">;

/** The stack is none of the platform's, or one of a release that this client can't read. Ends the program without a trace. */
export class ContractError extends pulumi.RunError {}

/** A platform's stack. Made by {@link PlatformReference.connect}. */
export class PlatformReference {
  /** The stack's name, such as `acme/agentic-platform/dev`. */
  readonly stack: string;
  /** What the platform tells of itself. */
  readonly outputs: PublicOutputs;
  readonly #secrets: Secrets;
  readonly #providers = new Map<string, Provider>();

  private constructor(stack: string, outputs: PlatformOutputs) {
    this.stack = stack;
    const { kubeconfig, tenantKubeconfigs, tenantGrants, ...open } = outputs;
    this.outputs = open;
    this.#secrets = { kubeconfig, tenantKubeconfigs, tenantGrants };
  }

  /**
   * Reads a platform's stack. Everything about it is known when this ends, before the program has made anything, in a
   * preview too. Throws a {@link ContractError} that says what to do where the stack's contract is another one.
   */
  static async connect(stack: string, options?: pulumi.CustomResourceOptions): Promise<PlatformReference> {
    const reference = new pulumi.StackReference(stack, { name: stack }, options);
    const read = async (name: string): Promise<unknown> => {
      const { value, secretValue } = await reference.getOutputDetails(name);
      return value ?? secretValue;
    };
    const problem = versionError(await read("contractVersion"), CONTRACT_VERSION);
    if (problem) throw new ContractError(`stack ${stack}: ${problem}`);
    const names = Object.keys(OutputsSchema.properties);
    const values = await Promise.all(names.map(async (name) => [name, await read(name)] as const));
    const outputs = Object.fromEntries(values.filter(([, value]) => value !== undefined));
    // A deployer that doesn't pass the secrecy of outputs on must not make them less secret: what the contract calls
    // secret is treated as such in any case.
    const errors = outputErrors(outputs);
    if (errors.length > 0)
      throw new ContractError(
        `stack ${stack}: its outputs are not what version ${CONTRACT_VERSION} of the contract says: bring the stack up again with its own release, and tell its owner if that doesn't help\n${errors.map((line) => `  ${line}`).join("\n")}`,
      );
    return new PlatformReference(stack, outputs as PlatformOutputs);
  }

  /** A kubeconfig with the rights that the platform was deployed with; a secret. */
  get kubeconfig(): pulumi.Output<string> {
    return pulumi.secret(this.#secrets.kubeconfig);
  }

  /** A kubeconfig that may work with AgentWorkloads in one tenant's namespace and nothing else; a secret. */
  tenantKubeconfig(tenant: string): pulumi.Output<string> {
    const found = this.#secrets.tenantKubeconfigs[tenant];
    if (found === undefined) {
      const isExternal = this.outputs.tenants.some(({ name, external }) => name === tenant && external);
      throw new pulumi.RunError(
        isExternal
          ? `tenant '${tenant}' is made by its own stack: take the kubeconfig of the Tenant there`
          : `the platform ${this.stack} hands out no kubeconfig for '${tenant}': it has ${list(Object.keys(this.#secrets.tenantKubeconfigs))}`,
      );
    }
    return pulumi.secret(found);
  }

  /**
   * A provider for the platform's cluster, the same at each call: with the rights of `tenant`, or with those that the
   * platform was deployed with.
   */
  provider(tenant?: string): Provider {
    const name = tenant === undefined ? "agentic-platform" : `agentic-platform-${tenant}`;
    const known = this.#providers.get(name);
    if (known) return known;
    const kubeconfig = tenant === undefined ? this.kubeconfig : this.tenantKubeconfig(tenant);
    if (this.#secrets.kubeconfig === "")
      throw new pulumi.RunError(
        `the platform ${this.stack} hands out no kubeconfig: give your resources a provider of your own`,
      );
    const provider = new Provider(name, { kubeconfig, enableServerSideApply: true });
    this.#providers.set(name, provider);
    return provider;
  }

  /** A tenant, by its name. Throws with the names that there are. */
  tenant(name: string): PublicOutputs["tenants"][number] {
    const { tenants } = this.outputs;
    const found = tenants.find((candidate) => candidate.name === name);
    if (!found)
      throw new pulumi.RunError(
        `the platform ${this.stack} has no tenant '${name}': it has ${list(tenants.map((candidate) => candidate.name))}. Ask its owner to add it to the config's tenants, with external: true where your stack makes the namespace`,
      );
    return found;
  }

  /** A template of the catalogue, by its name. Throws with the names that there are. */
  template(name: string): CatalogueTemplate {
    const { templates } = this.outputs;
    const found = templates.find((candidate) => candidate.name === name);
    if (!found)
      throw new pulumi.RunError(
        `the platform ${this.stack} has no template '${name}': it has ${list(templates.map((candidate) => candidate.name))}. Give a template of your own as such, not by its name`,
      );
    return found;
  }

  /**
   * The outputs as one team may see them, for the platform's owner to export from a stack of that team's: without the
   * platform's own kubeconfig, and with this tenant's credentials alone. A client reads that stack like the platform's.
   */
  outputsFor(tenant: string): PublicOutputs & Record<keyof Secrets, pulumi.Output<unknown>> {
    const { name } = this.tenant(tenant);
    const only = <T>(all: Record<string, T>) =>
      pulumi.secret(Object.fromEntries(Object.entries(all).filter(([output]) => output === name)));
    const { tenantKubeconfigs, tenantGrants } = this.#secrets;
    return {
      ...this.outputs,
      kubeconfig: pulumi.secret(""),
      tenantKubeconfigs: only(tenantKubeconfigs),
      tenantGrants: only(tenantGrants),
    };
  }

  /**
   * What an external tenant's namespace is made of; for the Tenant component.
   * @internal
   */
  grant(tenant: string): TenantGrant {
    const found = this.#secrets.tenantGrants[tenant];
    if (found) return grantOf(found);
    if (this.tenant(tenant).external)
      throw new pulumi.RunError(`the platform ${this.stack} gave no grant to '${tenant}'`);
    throw new pulumi.RunError(
      `tenant '${tenant}' is made by the platform ${this.stack} itself: use its namespace, or ask its owner to set external: true for it`,
    );
  }
}

/** Names of a list for an error. */
function list(names: readonly string[]): string {
  return names.join(", ") || "none";
}
