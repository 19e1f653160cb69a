// `agentic mcp`: the platform's MCP server on standard input and output.
import type { Command } from "commander";
import { type SessionOptions, withSession } from "../session.ts";
import { examples } from "./options.ts";

export function addMcp(program: Command, version: string): void {
  const command = program
    .command("mcp")
    .description(
      "serve workloads, gates and templates to an assistant by MCP on standard input and output, with your rights",
    )
    .action(() => serve(command.optsWithGlobals(), version));
  examples(command, {
    "agentic mcp -n tenant-demo": "as the command of a server of transport stdio, in an assistant's settings",
  });
}

/** Ends once the assistant closes the connection. */
async function serve(options: SessionOptions, version: string): Promise<void> {
  const [{ createMcpServer }, { StdioServerTransport }] = await Promise.all([
    import("../mcp/server.ts"),
    import("@modelcontextprotocol/sdk/server/stdio.js"),
  ]);
  await withSession(options, async (session) => {
    const server = createMcpServer(session, version);
    const closed = new Promise<void>((resolve) => {
      server.server.onclose = resolve;
      process.stdin.once("end", () => void server.close());
    });
    await server.connect(new StdioServerTransport());
    await closed;
  });
}
