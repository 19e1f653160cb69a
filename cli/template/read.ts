// Where templates come from: files, standard input, or the tenant's namespace.
import { isTemplate, type PipelineTemplate } from "../../pipeline-kit/template.ts";
import { getTemplate, listTemplates } from "../argo.ts";
import { documentsOf } from "../documents.ts";
import { type SessionOptions, withSession } from "../session.ts";

/** A template, and where it is from. */
export interface Found {
  where: string;
  template: PipelineTemplate;
}

export interface Wanted extends SessionOptions {
  file?: string[];
}

/** Those of files, where some are given, else the named one of the namespace, else all of it. */
export async function templatesOf(name: string | undefined, options: Wanted): Promise<Found[]> {
  if (options.file) return await ofFiles(options.file);
  return await withSession(options, async (session) => {
    const all = name ? [await getTemplate(session, name)] : await listTemplates(session);
    if (all.length === 0) throw new Error(`no templates in namespace ${session.namespace}`);
    return all.map((template) => ({
      where: `${session.namespace}/${template.metadata.name}`,
      template: template as unknown as PipelineTemplate,
    }));
  });
}

async function ofFiles(files: readonly string[]): Promise<Found[]> {
  const found: Found[] = [];
  for (const { where, value } of await documentsOf(files)) {
    if (!isTemplate(value)) throw new Error(`${where}: it is no WorkflowTemplate with a name and a spec`);
    found.push({ where, template: value });
  }
  if (found.length === 0) throw new Error(`${files.join(", ")}: there is no WorkflowTemplate in it`);
  return found;
}
