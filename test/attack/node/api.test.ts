// The attacks through the API on the embedded node, with the platform and its controllers at work.
import { afterAll, beforeAll } from "vitest";
import { platform } from "../../e2e/platform/platform.ts";
import { attackers, tryAll } from "../api/all.ts";
import { type Accounts, openAccounts } from "../api/case.ts";

let accounts: Accounts;

beforeAll(async () => {
  accounts = await openAccounts(platform.kubeconfig, platform.signedAgents);
});
afterAll(() => accounts?.close());

tryAll(attackers, () => accounts);
