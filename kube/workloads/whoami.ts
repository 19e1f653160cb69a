// Who somebody is to the API server: answers at gates and submissions carry that name.
import type { Client } from "../client/client.ts";

export interface Person {
  username: string;
  groups?: string[];
}

/** The person whose credentials the client has. */
export async function whoami(client: Pick<Client, "create">): Promise<Person> {
  const review = await client.create<{ status: { userInfo: Person } }>(
    "/apis/authentication.k8s.io/v1/selfsubjectreviews",
    { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
  );
  return review.status.userInfo;
}
