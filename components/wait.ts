// How long the deployer waits for a custom resource.

/** Annotation by which Pulumi, as the embedded deployer, waits until the resource has the condition Ready. */
export const waitUntilReady = { "pulumi.com/waitFor": "condition=Ready" };
