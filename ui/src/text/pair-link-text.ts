/** Pairing links in text that a person pastes. Pure. */

/** The fragment of a complete link: 128 bits in base64url. */
const CODE = /^#p=[A-Za-z0-9_-]{22}$/;

/** The one pairing link in a text; `null`: there is none, or more than one. */
export function pairLinkIn(text: string): string | null {
  const links = text.split(/[\s<>"']+/).flatMap((part) => {
    if (!/^https?:\/\//i.test(part) || !URL.canParse(part)) return [];
    const url = new URL(part);
    return url.hostname !== '' && url.username === '' && url.password === '' && CODE.test(url.hash) ? [part] : [];
  });
  return new Set(links).size === 1 ? (links[0] ?? null) : null;
}

/** Where a pairing link leads, `host:port`; `null`: it is none. */
export function pairLinkHost(link: string): string | null {
  const found = pairLinkIn(link);
  return found === null ? null : new URL(found).host;
}
