// A model gateway on loopback that answers what a case has recorded, and refuses every other question.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { digestOfQuestion, type Exchange } from "../agents/core/exchange.ts";

export interface RecordedGateway extends AsyncDisposable {
  url: string;
  /** What the user's message of each answered question said, by the question's digest. */
  asked: ReadonlyMap<string, string>;
}

interface Body {
  messages: { role: string; content: unknown }[];
  response_format?: { json_schema?: { name?: string } };
}

/** Answers the recorded questions of all cases. A question that is in none of them is refused with what to do. */
export async function startRecordedGateway(exchanges: readonly Exchange[]): Promise<RecordedGateway> {
  const completions = new Map(exchanges.map(({ question, completion }) => [question, completion]));
  const asked = new Map<string, string>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Body;
      const question = digestOfQuestion(body);
      const completion = completions.get(question);
      const said = body.messages.find(({ role }) => role === "user")?.content;
      // With a picture the message is a list of parts, and what pictures say is no text of the page.
      if (completion && typeof said === "string") asked.set(question, said);
      const message = `no answer to this question "${body.response_format?.json_schema?.name}" is recorded: its prompt, schema, model or page has changed; record it again by npm run eval -- refresh`;
      // 404 is final for the agents, and ends the step with these words.
      response
        .writeHead(completion ? 200 : 404, { "content-type": "application/json" })
        .end(JSON.stringify(completion ?? { error: { message } }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
