// ListenAddress: HOST:PORT as flags write it.

export interface ListenAddress {
  /** Empty: all addresses. */
  readonly host: string;
  readonly port: number;
}

/** `:10260`, `127.0.0.1:10260`, `[::1]:10260`, `localhost:0`; undefined where the text is none of them. Port 0 takes a free one. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[([0-9a-fA-F:.%\w]+)\]|([^:[\]\s/]*)):(0|[1-9][0-9]{0,4})$/.exec(text);
  if (match === null) return undefined;
  const port = Number(match[3]);
  return port <= 65_535 ? { host: match[1] ?? match[2] ?? "", port } : undefined;
}

export function formatAddress(address: ListenAddress): string {
  return `${address.host.includes(":") ? `[${address.host}]` : address.host}:${String(address.port)}`;
}
