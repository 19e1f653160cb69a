// Builds the published form: JavaScript and declarations in dist/, complete without this repository's other packages.
// Node runs TypeScript itself, but not inside of node_modules, where the package will be.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import ts from "typescript";

const root = dirname(import.meta.dirname);
const out = join(import.meta.dirname, "dist");

/** Imports of this package are errors to the compiler where they will not be rewritten by it: they are, below. */
const NOT_REWRITTEN = 2877;

const { options, errors } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile).config,
  ts.sys,
  root,
);
// What is found by way of node_modules is not compiled unless it is asked for.
const api = readdirSync(join(root, "api"))
  .filter((name) => name.endsWith(".ts"))
  .map((name) => join(root, "api", name));
const program = ts.createProgram([join(import.meta.dirname, "index.ts"), ...api], {
  ...options,
  noEmit: false,
  noUnusedLocals: false,
  allowImportingTsExtensions: false,
  rewriteRelativeImportExtensions: true,
  declaration: true,
  stripInternal: true,
  rootDir: root,
  outDir: out,
});
rmSync(out, { recursive: true, force: true });
const emitted = program.emit(undefined, (path, text) => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, withRelativeImports(path, text));
});
const problems = [...errors, ...ts.getPreEmitDiagnostics(program), ...emitted.diagnostics].filter(
  ({ code }) => code !== NOT_REWRITTEN,
);
if (problems.length > 0) {
  console.error(
    ts.formatDiagnostics(problems, {
      getCurrentDirectory: () => root,
      getCanonicalFileName: (name) => name,
      getNewLine: () => "\n",
    }),
  );
  process.exitCode = 1;
}
const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "package.json"), "utf8")) as { version: string };
console.log(`@agentic/platform-client ${version}: built`);

/** `@agentic/api` isn't published by itself: its files are in dist/api, and are imported from there. */
function withRelativeImports(path: string, text: string): string {
  const folder = relative(dirname(path), join(out, "api")).split(sep).join("/");
  const to = folder.startsWith(".") ? folder : `./${folder}`;
  return (
    text
      .replaceAll(
        /(["'])@agentic\/api\/([\w-]+)\.ts\1/g,
        (_, quote: string, file: string) => `${quote}${to}/${file}.js${quote}`,
      )
      // Declarations keep the sources' endings.
      .replaceAll(/(from |import\()(["'])(\.[^"']*)\.ts\2/g, "$1$2$3.js$2")
  );
}
