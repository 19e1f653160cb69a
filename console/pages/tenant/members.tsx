// Who is a member of a tenant, by role.
import { MEMBER_ROLES } from "@agentic/api/roles.ts";
import type { JSX } from "preact";
import type { TenantView } from "../../contract.ts";

const KINDS = { User: "", Group: "group ", ServiceAccount: "program " } as const;

export function Members({ members }: { members: TenantView["members"] }): JSX.Element {
  if (members === null) return <p class="faint">You may not read them: the role tenant-admin may.</p>;
  if (members.length === 0) return <p class="faint">Nobody yet: the stack's config names them.</p>;
  return (
    <dl class="facts">
      {MEMBER_ROLES.map((role) => {
        const theirs = members.filter((member) => member.role === role);
        if (theirs.length === 0) return null;
        return (
          <>
            <dt>{role}</dt>
            <dd>
              {theirs.map(({ kind, name }) => (
                <div key={`${kind} ${name}`}>
                  <span class="faint">{KINDS[kind]}</span>
                  {name}
                </div>
              ))}
            </dd>
          </>
        );
      })}
    </dl>
  );
}
