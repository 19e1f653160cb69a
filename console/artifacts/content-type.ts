// As what an artifact is served: nothing that a browser runs.

/** By the ending of the object's key. HTML, SVG and scripts are among the texts. */
const TYPES: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  webp: "image/webp",
  json: "application/json",
};
const TEXTS = ["md", "txt", "csv", "log", "html", "htm", "svg", "xml", "js", "css", "yaml", "yml", "jsonl"];

export function contentTypeOf(uri: string): string {
  const ending = uri.slice(uri.lastIndexOf(".") + 1).toLowerCase();
  return TYPES[ending] ?? (TEXTS.includes(ending) ? "text/plain; charset=utf-8" : "application/octet-stream");
}
