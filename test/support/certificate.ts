// Certificates for tests of TLS: self-signed, for one IP address, made on the spot.
//
// Node makes keys and signatures but no certificates, so the DER encoding (X.690) of the few fields is written here.

import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

export interface Certificate {
  /** PEM; also the CA that it is verified with. */
  readonly cert: string;
  readonly key: string;
}

/** Valid from yesterday to tomorrow, for connections to an IPv4 address. */
export function makeCertificate(commonName: string, ip = "127.0.0.1"): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = sequence(oid(1, 2, 840, 10045, 4, 3, 2)); // ecdsa-with-SHA256
  const name = sequence(tagged(0x31, sequence(oid(2, 5, 4, 3), tagged(0x0c, Buffer.from(commonName)))));
  const alternatives = sequence(tagged(0x87, Buffer.from(ip.split(".").map(Number))));
  const extension = sequence(oid(2, 5, 29, 17), tagged(0x04, alternatives));
  const dayMs = 86_400_000;
  const body = sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))), // version 3
    tagged(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])), // serial number
    algorithm,
    name, // issuer
    sequence(time(Date.now() - dayMs), time(Date.now() + dayMs)),
    name, // subject
    publicKey.export({ type: "spki", format: "der" }),
    tagged(0xa3, sequence(extension)),
  );
  const signature = sign("sha256", body, privateKey);
  const der = sequence(body, algorithm, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const lines = der.toString("base64").replace(/(.{64})/g, "$1\n");
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...contents: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(contents));
}

function oid(first: number, second: number, ...others: readonly number[]): Buffer {
  const bytes = [first * 40 + second];
  for (const arc of others) {
    const septets = [arc & 0x7f];
    for (let rest = arc >> 7; rest > 0; rest >>= 7) septets.unshift(0x80 | (rest & 0x7f));
    bytes.push(...septets);
  }
  return tagged(0x06, Buffer.from(bytes));
}

function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, "");
  return tagged(0x18, Buffer.from(digits)); // GeneralizedTime
}
