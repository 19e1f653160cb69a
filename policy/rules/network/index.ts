// Rules about who may talk to whom.
import type { Rule } from "../../rule.ts";
import { exposedServices } from "./exposed-services.ts";
import { externalIps } from "./external-ips.ts";
import { ingressHosts } from "./ingress-hosts.ts";
import { openRules } from "./open-rules.ts";
import { tlsRoutes } from "./tls-routes.ts";
import { world } from "./world.ts";

export const network: readonly Rule[] = [exposedServices, externalIps, ingressHosts, openRules, tlsRoutes, world];
