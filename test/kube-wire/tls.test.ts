import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { assert } from "chai";
import { TransportError } from "../../src/kube/client.ts";
import { type Certificate, makeCertificate } from "../support/certificate.ts";
import { VirtualEnv } from "../support/virtual-env.ts";
import { connect } from "./connect.ts";

const get = { method: "GET", path: "/x" } as const;

describe("TLS (A11)", () => {
  const first = makeCertificate("first");
  const second = makeCertificate("second");
  let folder: string;
  let caFile: string;
  let env: VirtualEnv;
  let server: Server;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "kube-wire-"));
    caFile = join(folder, "ca.crt");
    env = new VirtualEnv();
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });

  /** The client library reads the CA from the real disk. */
  function trust({ cert }: Certificate): void {
    writeFileSync(caFile, cert);
    env.fileContents.set(caFile, cert);
  }

  async function listen(certificate: Certificate, port = 0, client?: Certificate): Promise<number> {
    server = createServer({ ...certificate, ...(client !== undefined && { ca: client.cert, requestCert: true }) });
    server.on("request", (request, response) => {
      const subject = (request.socket as unknown as Pick<TLSSocket, "getPeerCertificate">).getPeerCertificate()
        .subject as { CN: string } | undefined;
      response.end(JSON.stringify({ client: subject?.CN }));
    });
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  }

  it("verifies the server with the cluster's CA, and sends the client's certificate", async () => {
    const user = { "client-certificate-data": base64(second.cert), "client-key-data": base64(second.key) };
    const port = await listen(first, 0, second);
    trust(first);
    const cluster = { "certificate-authority": caFile };
    const client = connect(env, { server: `https://127.0.0.1:${port}`, cluster, user });
    assert.deepEqual((await client.request(get)).body, { client: "second" });
    await client.close();
  });

  it("sends nothing to a server that it does not know", async () => {
    const port = await listen(first);
    const cluster = { "certificate-authority-data": base64(second.cert) };
    const client = connect(env, { server: `https://127.0.0.1:${port}`, cluster });
    const error: unknown = await client.request(get).catch((reason: unknown) => reason);
    assert.instanceOf(error, TransportError);
    assert.isFalse(error.wasSent);
    assert.match(error.message, /certificate/);
    await client.close();
  });

  it("uses a rotated certificate of its own within a minute, although connections are kept", async () => {
    const files = { "client-certificate": join(folder, "tls.crt"), "client-key": join(folder, "tls.key") };
    const rotateTo = ({ cert, key }: Certificate): void => {
      for (const [file, content] of [
        [files["client-certificate"], cert],
        [files["client-key"], key],
      ] as const) {
        writeFileSync(file, content);
        env.fileContents.set(file, content);
      }
    };
    rotateTo(second);
    const third = makeCertificate("third");
    const port = await listen(first, 0, second);
    server.setSecureContext({ ...first, ca: [second.cert, third.cert] });
    const cluster = { "certificate-authority-data": base64(first.cert) };
    const client = connect(env, { server: `https://127.0.0.1:${port}`, cluster, user: files });
    assert.deepEqual((await client.request(get)).body, { client: "second" });
    rotateTo(third);
    await env.advance(59_000);
    assert.deepEqual((await client.request(get)).body, { client: "second" });
    await env.advance(2_000);
    assert.deepEqual((await client.request(get)).body, { client: "third" });
    await client.close();
  });

  it("reads the CA again when the handshake fails, and goes on", async () => {
    const port = await listen(first);
    trust(first);
    const cluster = { "certificate-authority": caFile };
    const client = connect(env, { server: `https://127.0.0.1:${port}`, cluster });
    assert.equal((await client.request(get)).status, 200);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await listen(second, port);
    await env.advance(2_000);
    const untrusted: unknown = await client.request(get).catch((reason: unknown) => reason);
    assert.instanceOf(untrusted, TransportError, "the new certificate must not be trusted before the CA says so");
    trust(second);
    await env.advance(2_000);
    assert.equal((await client.request(get)).status, 200);
    await client.close();
  });
});

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
