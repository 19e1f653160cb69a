// What others call the registry in the cluster: apart from its component, since who names an image needs no Pulumi.
import { NAMESPACES } from "@agentic/api/names.ts";
import { images } from "../images.ts";

/** Name of its Service, and its pod's label. */
export const registryPart = "registry";

/** Host in the names of its images. With a dot and a port in it, no client takes it for a name on Docker Hub. */
export const registryHost = `${registryPart}.${NAMESPACES.sharedServices}.svc:${images.registry.ports.registry}`;

/** Name of the Secret with its certificate and the authority's. */
export const registrySecret = "registry-tls";
