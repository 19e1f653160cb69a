// The name under which the deployer is known in a cluster.

/** The field manager of everything that is applied, patches aside; also the tooling of its ApplySets. */
export const manager = "agentic-deploy";
