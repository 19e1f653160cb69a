// Reads the types of the fields that the engine supports from the types of @kubernetes-models, as the text of core/argo-types.ts.
import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import ts from "typescript";
import { cronSpecShape, workflowSpecShape } from "../../../embedded/engine/core/schema.ts";
import type { Shape } from "../../../embedded/engine/core/typed.ts";

/** The file of types that a file means by the name of a module. */
function resolveTypes(specifier: string, from: string): string {
  const options = { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext };
  const mode = ts.ModuleKind.ESNext;
  const resolved = ts.resolveModuleName(specifier, from, options, ts.sys, undefined, undefined, mode).resolvedModule;
  if (!resolved) throw new Error(`${from}: cannot find ${specifier}`);
  return resolved.resolvedFileName;
}

/** Types that the models tell less of than Argo's and Kubernetes' own code. */
const KNOWN: Record<string, string> = {
  AnyString: "any-string",
  IntOrString: "integer-or-string",
  Quantity: "quantity",
  Time: "string",
  FieldsV1: "any",
  ParallelSteps: "WorkflowStep[]",
};
/** Fields whose types the models don't have, by type and field. */
const FIELDS: Record<string, string> = {
  "DAGTask.withItems": "any[]",
  "WorkflowStep.withItems": "any[]",
  // Argo wants a string; a number of seconds is understood as well.
  "SuspendTemplate.duration": "duration",
  // A template in a template has no end; its fields are checked where it is called.
  "DAGTask.inline": "any",
  "WorkflowStep.inline": "any",
};
/** Fields of Argo 4.1 that the models don't have yet, each with its type. */
const ADDED: Record<string, Record<string, string>> = {
  Template: { pendingTimeout: "string", podResources: "ResourceRequirements", resourceClaims: "PodResourceClaim[]" },
  WorkflowSpec: { podResources: "ResourceRequirements", resourceClaims: "PodResourceClaim[]" },
};

/** Types that have the fields of another besides their own, which the models leave out. */
const EXTENDED: Record<string, string> = {
  ScriptTemplate: "kubernetes-models/v1/Container",
  UserContainer: "kubernetes-models/v1/Container",
};

interface Definition {
  name: string;
  file: string;
}

const short = (name: string) =>
  name.replace(
    /^I?(?:IoK8s(?:Api[A-Z][a-z]+V\d|ApimachineryPkg(?:ApisMetaV1|UtilIntstr|ApiResource|Runtime))|Com\w*V1alpha1)/,
    "",
  );

class Models {
  readonly #types = new Map<string, Map<string, string>>();
  readonly #files = new Map<string, string>();
  readonly #sources = new Map<string, ts.SourceFile>();

  #source(file: string): ts.SourceFile {
    const cached =
      this.#sources.get(file) ?? ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest);
    this.#sources.set(file, cached);
    return cached;
  }

  /** Where the type that a file imports by `name` is declared. */
  #imported(from: string, name: string): string {
    for (const statement of this.#source(from).statements) {
      if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
      const bindings = statement.importClause?.namedBindings;
      if (!bindings || !ts.isNamedImports(bindings) || !bindings.elements.some((element) => element.name.text === name))
        continue;
      return resolveTypes(statement.moduleSpecifier.text, from);
    }
    return from;
  }

  #text(node: ts.TypeNode, file: string, visit: (definition: Definition) => void): string {
    if (ts.isUnionTypeNode(node)) return "string";
    if (node.kind === ts.SyntaxKind.StringKeyword || ts.isLiteralTypeNode(node)) return "string";
    if (node.kind === ts.SyntaxKind.BooleanKeyword) return "boolean";
    // Neither a pod nor a workflow has a number that isn't whole.
    if (node.kind === ts.SyntaxKind.NumberKeyword) return "integer";
    if (node.kind === ts.SyntaxKind.AnyKeyword) return "any";
    if (ts.isTypeLiteralNode(node)) {
      const [index] = node.members;
      return index && ts.isIndexSignatureDeclaration(index) ? `${this.#text(index.type, file, visit)}{}` : "any{}";
    }
    if (!ts.isTypeReferenceNode(node) || !ts.isIdentifier(node.typeName))
      throw new Error(`${file}: ${ts.SyntaxKind[node.kind]}`);
    const [inner] = node.typeArguments ?? [];
    if (node.typeName.text === "Array" && inner) return `${this.#text(inner, file, visit)}[]`;
    const name = short(node.typeName.text);
    const shape = KNOWN[name];
    if (shape?.endsWith("[]"))
      visit({ name: shape.slice(0, -2), file: join(dirname(file), `${shape.slice(0, -2)}.d.ts`) });
    if (shape) return shape;
    const definition = { name, file: this.#imported(file, node.typeName.text) };
    const alias = this.#source(definition.file).statements.find(
      (statement) => ts.isTypeAliasDeclaration(statement) && statement.name.text === `I${name}`,
    );
    if (alias && ts.isTypeAliasDeclaration(alias)) return this.#text(alias.type, definition.file, visit);
    visit(definition);
    return name;
  }

  /** Adds a type with the fields that the shape takes, and the types of those. */
  add({ name, file }: Definition, shape: Shape): void {
    const imported = this.#files.get(name);
    if (imported !== undefined && imported !== file)
      throw new Error(`two types are called ${name}: ${imported}, ${file}`);
    this.#files.set(name, file);
    const fields = this.#types.get(name) ?? new Map<string, string>();
    this.#types.set(name, fields);
    this.#members({ name, file }, shape, fields);
    const base = EXTENDED[name];
    if (base) this.#members({ name: short(basename(base)), file: resolveTypes(base, file) }, shape, fields);
  }

  #members({ name, file }: Definition, shape: Shape, fields: Map<string, string>): void {
    for (const [field, type] of Object.entries(ADDED[name] ?? {})) {
      if (typeof shape !== "object" || !shape.fields[field]) continue;
      fields.set(field, type);
      const inner = type.replace("[]", "");
      if (/^[A-Z]/.test(inner))
        this.add({ name: inner, file: resolveTypes(`kubernetes-models/v1/${inner}`, file) }, "all");
    }
    const declaration = this.#source(file).statements.find(
      (statement) => ts.isInterfaceDeclaration(statement) && statement.name.text === `I${name}`,
    );
    if (!declaration || !ts.isInterfaceDeclaration(declaration)) throw new Error(`${file} doesn't declare I${name}`);
    for (const member of declaration.members) {
      if (!ts.isPropertySignature(member) || !member.type || !ts.isStringLiteral(member.name)) continue;
      const field = member.name.text;
      const fieldShape = typeof shape === "object" ? shape.fields[field] : "all";
      if (fieldShape === undefined || (fieldShape === "all" && fields.has(field))) continue;
      fields.set(field, "");
      const known = FIELDS[`${name}.${field}`];
      fields.set(field, known ?? this.#text(member.type, file, (definition) => this.add(definition, fieldShape)));
    }
  }

  lines(): string[] {
    return [...this.#types]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, fields]) => {
        const text = [...fields].map(([field, type]) => `${field}:${type}`).join(" ");
        const line = `  ${name}: "${text}",`;
        return line.length <= 120 ? line : `  ${name}:\n    "${text}",`;
      });
  }
}

/** The text of core/argo-types.ts. */
export function argoTypes(): string {
  const models = new Models();
  const file = resolveTypes(
    "@kubernetes-models/argo-workflows/argoproj.io/v1alpha1/WorkflowSpec",
    import.meta.filename,
  );
  models.add({ name: "WorkflowSpec", file }, workflowSpecShape);
  models.add({ name: "CronWorkflowSpec", file: join(dirname(file), "CronWorkflowSpec.d.ts") }, cronSpecShape);
  return [
    "// The types of the fields that the engine supports, from @kubernetes-models. Generated by test/unit/engine/argo-types.ts:",
    "// `vitest run test/unit/engine/types.test.ts -u` writes it again after a change of schema.ts or of the models.",
    "",
    "/** The fields of each type as `field:type`; `[]` is a list and `{}` a map with strings as keys. */",
    "export const ARGO_TYPES: Readonly<Record<string, string>> = {",
    ...models.lines(),
    "};",
    "",
  ].join("\n");
}
