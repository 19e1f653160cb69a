// The gateway's own Python: a running TLS server serves another certificate when its folder brings one.
import { type ChildProcess, spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterEach, expect, test } from "vitest";
import { authority, mountedSecret, pair } from "./authority.ts";

const folder = join(import.meta.dirname, "../../../components/data/litellm");
const program = `
import asyncio, logging, ssl, sys
logging.basicConfig(stream=sys.stdout)
sys.path.insert(0, sys.argv[1])
import certificates
async def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2] + "/tls.crt", sys.argv[2] + "/tls.key")
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    certificates.watch(sys.argv[2], 0.02)
    certificates.watch(None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
`;

let server: ChildProcess | undefined;
let secret: ReturnType<typeof mountedSecret> | undefined;
afterEach(() => {
  server?.kill();
  secret?.remove();
});

const serial = (port: number) =>
  new Promise<string>((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    }).once("error", reject);
  });

test("another certificate is served without a restart, and what can't be read changes nothing", async () => {
  const ca = await authority();
  const [first, second] = [await pair({}, ca), await pair({}, ca)];
  secret = mountedSecret();
  secret.write({ "tls.crt": first.certificate, "tls.key": first.key });
  const child = spawn("python3", ["-c", program, folder, secret.folder], { stdio: ["ignore", "pipe", "inherit"] });
  server = child;
  let output = "";
  child.stdout.on("data", (data) => {
    output += data;
  });
  const untilOutput = async (pattern: RegExp) => {
    for (let i = 0; i < 500 && !pattern.test(output); i++) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(output).toMatch(pattern);
  };
  await untilOutput(/^\d+\n/);
  const port = Number.parseInt(output, 10);
  const number = ({ certificate }: typeof first) => new X509Certificate(certificate).serialNumber;
  expect(await serial(port)).toBe(number(first));
  secret.write({ "tls.crt": second.certificate, "tls.key": "no key" });
  await untilOutput(/the old one stays/);
  expect(await serial(port)).toBe(number(first));
  secret.write({ "tls.crt": second.certificate, "tls.key": second.key });
  await untilOutput(/it is served from now on/);
  expect(await serial(port)).toBe(number(second));
}, 20_000);
