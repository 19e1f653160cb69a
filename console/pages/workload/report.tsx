// The run's report, safe to read, with the pictures that it is made from.
import type { JSX } from "preact";
import { type Artifact, PATHS } from "../../contract.ts";
import { Empty, Loading, Problem } from "../parts/states.tsx";
import { useLoaded } from "../state/load.ts";
import { Preview } from "./preview.tsx";

interface Props {
  namespace: string;
  name: string;
  total: number;
}

export function Report({ namespace, name, total }: Props): JSX.Element {
  const { value, error, reload } = useLoaded<Artifact[]>(`${PATHS.artifacts(namespace, name)}?of=${total}`);
  if (error !== undefined) return <Problem error={error} retry={reload} />;
  if (!value) return <Loading what="the report" />;
  const report = value.find(({ name: of }) => of === "report");
  return report ? <Preview artifact={report} all={value} /> : <Empty title="There is no report yet" />;
}
