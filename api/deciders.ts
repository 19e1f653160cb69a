// Who decides at a gate where no person does, as the status names them.

/** Nobody may be taken for one of them: admission refuses an answer of a user of these names. */
export const DECIDERS = ["opa", "operator", "timeout", "workflow"] as const;
