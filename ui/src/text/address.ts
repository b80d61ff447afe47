/** Parser of a machine's address as a person types it. Pure. */

import { PORT } from '../wire/contract';

export interface TypedAddress {
  /** `host:port`, an IPv6 address in brackets. */
  readonly address: string;
}

/** Reads `nas`, `192.168.1.20`, `nas.local:8000`, `fd00::1`, `[fd00::1]:7444` or the URL of its page; `problem` is a
 *  sentence where the text is no address. */
export function typedAddress(text: string): TypedAddress | { readonly problem: string } {
  const trimmed = text.trim();
  if (trimmed === '') return { problem: 'Write a name or an address: nas-01, 192.168.1.20.' };
  const problem = `“${trimmed.slice(0, 60)}” is no address. Write nas-01, 192.168.1.20 or 192.168.1.20:${PORT}.`;
  const scheme = /^([a-z]+):\/\//i.exec(trimmed)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') return { problem };
  const rest = trimmed.replace(/^[a-z]+:\/\//i, '');
  if (/[\s@]/.test(rest)) return { problem };
  // Two colons and no brackets: an IPv6 address by itself.
  const [host = ''] = rest.split(/[/?#]/);
  const whole = /:.*:/.test(host) && !host.startsWith('[') ? `[${host}]` : host;
  // The port is read by hand: of a page's address, its usual one would be left out.
  const port = /:(\d+)$/.exec(whole)?.[1];
  if ((port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) || !URL.canParse(`http://${whole}/`)) return { problem };
  const { hostname } = new URL(`http://${whole}/`);
  if (hostname === '' || !/^(\[[0-9a-f:.]+\]|[\p{L}\p{N}._-]+)$/iu.test(hostname)) return { problem };
  return { address: `${hostname}:${port ?? (scheme === undefined ? PORT : scheme === 'https' ? 443 : 80)}` };
}
