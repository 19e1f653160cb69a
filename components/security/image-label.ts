// The label by which a namespace asks for its images to be checked.

/** Key of the label, which upstream chose; its value is `true`. */
export const INCLUDE_LABEL = "policy.sigstore.dev/include";
