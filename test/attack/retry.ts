// When clients of the attacks try a request again.
import { isStatus } from "../../kube/client/api-error.ts";
import type { Failure } from "../../kube/client/client.ts";

/** Quotas are counted by one request at a time: of several at once, some are told to come again. */
export const retry = ({ error, attempt }: Failure) =>
  isStatus(error, 409) && error.message.includes("resourcequotas") && attempt < 50 ? 20 : undefined;
