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

/** The outputs that aren't secrets: plain values, known as soon as the reference is connected. */
export type PublicOutputs = Omit<PlatformOutputs, keyof Secrets>;

type Secrets = Pick<PlatformOutputs, "kubeconfig" | "tenantKubeconfigs" | "tenantGrants">;

/** The stack is not a platform's, or of a release that this client can't read. Ends the program without a stack trace. */
export class ContractError extends pulumi.RunError {}

/** A platform's stack. Get one by {@link PlatformReference.connect}. */
export class PlatformReference {
  /** The stack's name, such as `acme/agentic-platform/dev`. */
  readonly stack: string;
  /** The platform's outputs that aren't secrets. */
  readonly outputs: PublicOutputs;
  readonly #secrets: Secrets;
  readonly #providers = new Map<string, Provider>();

  private constructor(stack: string, outputs: PlatformOutputs) {
    this.stack = stack;
    const { kubeconfig, tenantKubeconfigs, tenantGrants, ...publicOutputs } = outputs;
    this.outputs = publicOutputs;
    this.#secrets = { kubeconfig, tenantKubeconfigs, tenantGrants };
  }

  /**
   * Reads a platform's stack. All outputs are known when the promise resolves, before the program has made any resource, in a
   * preview too. Throws a {@link ContractError} that says what to do if the stack's contract is not supported.
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
    // a secret is treated as one in any case.
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
    const kubeconfig = this.#secrets.tenantKubeconfigs[tenant];
    if (kubeconfig === undefined) {
      const isExternal = this.outputs.tenants.some(({ name, external }) => name === tenant && external);
      throw new pulumi.RunError(
        isExternal
          ? `tenant '${tenant}' is made by its own stack: take the kubeconfig of the Tenant there`
          : `the platform ${this.stack} hands out no kubeconfig for '${tenant}': it has ${list(Object.keys(this.#secrets.tenantKubeconfigs))}`,
      );
    }
    return pulumi.secret(kubeconfig);
  }

  /**
   * A provider for the platform's cluster, the same at each call: with the rights of `tenant`, or with those that the
   * platform was deployed with.
   */
  provider(tenant?: string): Provider {
    const name = tenant === undefined ? "agentic-platform" : `agentic-platform-${tenant}`;
    const cached = this.#providers.get(name);
    if (cached) return cached;
    const kubeconfig = tenant === undefined ? this.kubeconfig : this.tenantKubeconfig(tenant);
    if (this.#secrets.kubeconfig === "")
      throw new pulumi.RunError(
        `the platform ${this.stack} hands out no kubeconfig: give your resources a provider of your own`,
      );
    const provider = new Provider(name, { kubeconfig, enableServerSideApply: true });
    this.#providers.set(name, provider);
    return provider;
  }

  /** A tenant by its name. Throws an error that lists the existing names. */
  tenant(name: string): PublicOutputs["tenants"][number] {
    const { tenants } = this.outputs;
    const tenant = tenants.find((candidate) => candidate.name === name);
    if (!tenant)
      throw new pulumi.RunError(
        `the platform ${this.stack} has no tenant '${name}': it has ${list(tenants.map((candidate) => candidate.name))}. Ask its owner to add it to the config's tenants, with external: true where your stack makes the namespace`,
      );
    return tenant;
  }

  /** A template of the catalogue by its name. Throws an error that lists the existing names. */
  template(name: string): CatalogueTemplate {
    const { templates } = this.outputs;
    const template = templates.find((candidate) => candidate.name === name);
    if (!template)
      throw new pulumi.RunError(
        `the platform ${this.stack} has no template '${name}': it has ${list(templates.map((candidate) => candidate.name))}. Give a template of your own as such, not by its name`,
      );
    return template;
  }

  /**
   * The outputs as one team may see them, for the platform's owner to export from a stack of that team's: without the
   * platform's own kubeconfig, and with this tenant's credentials alone. A client reads that stack like the platform's.
   */
  outputsFor(tenant: string): PublicOutputs & Record<keyof Secrets, pulumi.Output<unknown>> {
    const { name } = this.tenant(tenant);
    const onlyTenant = <T>(all: Record<string, T>) =>
      pulumi.secret(Object.fromEntries(Object.entries(all).filter(([output]) => output === name)));
    const { tenantKubeconfigs, tenantGrants } = this.#secrets;
    return {
      ...this.outputs,
      kubeconfig: pulumi.secret(""),
      tenantKubeconfigs: onlyTenant(tenantKubeconfigs),
      tenantGrants: onlyTenant(tenantGrants),
    };
  }

  /**
   * The settings and credentials of an external tenant's namespace; for the Tenant component.
   * @internal
   */
  grant(tenant: string): TenantGrant {
    const granted = this.#secrets.tenantGrants[tenant];
    if (granted) return grantOf(granted);
    if (this.tenant(tenant).external)
      throw new pulumi.RunError(`the platform ${this.stack} gave no grant to '${tenant}'`);
    throw new pulumi.RunError(
      `tenant '${tenant}' is made by the platform ${this.stack} itself: use its namespace, or ask its owner to set external: true for it`,
    );
  }
}

/** The names in an error's text. */
function list(names: readonly string[]): string {
  return names.join(", ") || "none";
}
