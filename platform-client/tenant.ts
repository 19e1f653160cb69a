// A tenant that the team's own stack creates, with the same namespace as the platform would create.
import { AGENT_SERVICE_ACCOUNT } from "@agentic/api/names.ts";
import * as pulumi from "@pulumi/pulumi";
import { WorkflowTemplates } from "../components/argo/workflow-templates.ts";
import { TenantNetwork } from "../components/security/tenant-network.ts";
import { TenantAccess } from "../components/tenancy/access.ts";
import { Tenant as TenantNamespace } from "../components/tenancy/tenant.ts";
import type { WorkflowTemplate } from "../workflows/index.ts";
import type { PlatformReference } from "./reference.ts";

export interface TenantArgs {
  platform: PlatformReference;
  /** The tenant's name, which the platform's config lists with `external: true`. */
  tenant: string;
  /** The team's own templates, in addition to the platform's. */
  templates?: readonly WorkflowTemplate[];
}

/**
 * The namespace `tenant-<name>` with all that the platform's own tenants have: accounts, roles, secrets, settings, quota,
 * network policies, templates. The platform's config decides what it may use. Without a provider
 * among the options the platform's own provider creates it.
 */
export class Tenant extends pulumi.ComponentResource {
  /** The tenant's name. */
  readonly tenant: string;
  /** Its namespace. A resource that needs the objects in it must depend on this component. */
  readonly namespace: pulumi.Output<string>;
  /** Account that its workflows' pods run as. */
  readonly serviceAccount: string = AGENT_SERVICE_ACCOUNT;
  /** Its bucket for artifacts. */
  readonly bucket: string;
  /** A kubeconfig for its people: AgentWorkloads in this namespace and nothing else; a secret. */
  readonly kubeconfig: pulumi.Output<string>;
  /** The team's own templates, by name. */
  readonly templates: Readonly<Record<string, WorkflowTemplate>>;

  constructor(name: string, args: TenantArgs, options: pulumi.ComponentResourceOptions = {}) {
    const { platform, tenant, templates = [] } = args;
    // Checked before anything is registered: the platform's config must grant the tenant.
    const { network, templates: shared, ...granted } = platform.grant(tenant);
    const clash = templates.find((own) => shared.some(({ metadata }) => metadata.name === own.metadata.name));
    if (clash)
      throw new pulumi.RunError(
        `templates: '${clash.metadata.name}' is the name of one of the platform's templates: give yours another name`,
      );
    super("agentic:client:Tenant", name, {}, withProvider(platform, options));
    const child = { parent: this };
    const tenantNamespace = new TenantNamespace(name, granted, child);
    const { namespace } = tenantNamespace;
    new TenantNetwork(`${name}-network`, { ...network, tenant, namespace }, child);
    new WorkflowTemplates(
      `${name}-templates`,
      { namespace, templates: [...shared, ...templates], resolver: network.resolver },
      child,
    );
    const access = new TenantAccess(
      `${name}-access`,
      { tenant, namespace, kubeconfig: platform.kubeconfig, rotation: granted.accounts },
      { ...child, dependsOn: tenantNamespace },
    );
    this.tenant = tenant;
    this.bucket = platform.tenant(tenant).bucket;
    this.kubeconfig = access.kubeconfig;
    this.templates = Object.fromEntries(templates.map((template) => [template.metadata.name, template]));
    this.namespace = namespace;
    this.registerOutputs({ namespace: this.namespace });
  }
}

/** Where a tenant's objects go: by its name it is one of the platform's, which is there; one of this stack comes first. */
export function placeIn(platform: PlatformReference, tenant: Tenant | string) {
  if (typeof tenant !== "string")
    return { tenant: platform.tenant(tenant.tenant), namespace: tenant.namespace, after: [tenant] };
  const place = platform.tenant(tenant);
  return { tenant: place, namespace: pulumi.output(place.namespace), after: [] };
}

/** Options with the platform's own provider, where the caller has not chosen one. */
export function withProvider(
  platform: PlatformReference,
  options: pulumi.ComponentResourceOptions,
): pulumi.ComponentResourceOptions {
  if (options.provider || options.providers || options.parent) return options;
  return { ...options, provider: platform.provider() };
}
