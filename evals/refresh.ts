// Records a case anew: draws its pages where there is no picture, and asks a model.
import { join } from "node:path";
import { siteServer } from "../agents/serve.ts";
import { offlineSettings, startGateway } from "../test/integration/agents/model-gateway.ts";
import { listen, startBrowsers } from "../test/integration/agents/services.ts";
import { CASES, type Case, saveRecording } from "./case.ts";
import { drawCase, runCase, type Services } from "./replay.ts";
import { openServices } from "./suite.ts";

/** Key of the gateway that is started here, and token of its browser: both listen on loopback, and end with the command. */
const LOCAL = "sk-tenant";

/** Asks the gateway at LITELLM_URL with LITELLM_API_KEY, or else the platform's own with its offline model. */
export async function refresh(
  cases: readonly Case[],
  options: { draw: boolean; say(text: string): void },
): Promise<void> {
  const { LITELLM_URL: url, LITELLM_API_KEY: key = LOCAL } = process.env;
  await using closing = new AsyncDisposableStack();
  const local = url
    ? undefined
    : await startGateway(offlineSettings(), [{ name: "evals", key: LOCAL, models: ["default"], rpm: 100_000 }]);
  if (local) closing.defer(() => local.stop());
  const secrets = { litellm: { "api-key": key }, browserless: { token: LOCAL } };
  const services = { ...closing.use(await openServices(secrets)), litellmUrl: url ?? local?.url ?? "" };
  for (const subject of cases) {
    const drawn = options.draw || isUndrawn(subject) ? await draw(subject, services) : subject;
    const { exchanges, error } = await runCase(drawn, services);
    if (error && subject.expected.decision !== "fail") throw new Error(`${subject.name}: ${error}`);
    const recording = {
      ...drawn.recording,
      exchanges: exchanges.map((exchange) => earlier(subject, exchange) ?? exchange),
    };
    saveRecording(join(CASES, subject.name), subject.pages, { recording, pictures: drawn.pictures });
    options.say(`${subject.name}: ${exchanges.length} answers recorded`);
  }
}

/** The recording of the same question with the same answer, so that only what differs is written. */
function earlier({ recording }: Case, { question, completion }: Case["recording"]["exchanges"][number]) {
  const answers = (of: unknown) => JSON.stringify((of as { choices?: unknown }).choices);
  return recording.exchanges.find(
    (other) => other.question === question && answers(other.completion) === answers(completion),
  );
}

const isUndrawn = ({ raw, pictures, recording: { problems } }: Case): boolean =>
  raw.pages.some((page) => "html" in page && !pictures[page.n] && !problems[page.n]);

/** Draws the pages from a server of the case's folder, where their pictures and styles are. */
async function draw(subject: Case, services: Pick<Services, "decide" | "secretsDir" | "litellmUrl">): Promise<Case> {
  const files = siteServer(join(CASES, subject.name), () => {});
  const site = await listen((request, response) => files.emit("request", request, response));
  const browser = await startBrowsers([{ tenant: "evals", token: LOCAL }]);
  try {
    return await drawCase(subject, { ...services, browserlessUrl: browser.url }, site.url);
  } finally {
    await Promise.all([site.stop(), browser.stop()]);
  }
}
