/** Development only: sharing of the demo machine, and the answers of its server.
 *  `sharing` is shared and encrypted, `sharing-new` off and without events, `sharing-plain` everything that warns,
 *  `sharing-remote` seen by a paired device, `sharing-full` long lists and long names. */
import { CODE_LASTS_MS } from '../wire/contract';
import type { AccessEvent, ErrorBody, Scope, Sharing, SharingChange, ViewerInfo } from '../wire/wire';

const MINUTE_MS = 60_000;
const LASTS_MS = CODE_LASTS_MS;
const FINGERPRINT = Array.from({ length: 32 }, (_, index) => ((index * 73 + 63) % 256).toString(16).padStart(2, '0').toUpperCase()).join(':');

/** An image that looks like a QR code, and is not one. */
function picture(seed: number): string[] {
  const side = 29;
  const dark = (x: number, y: number): boolean => {
    for (const [left, top] of [[0, 0], [side - 7, 0], [0, side - 7]] as const) {
      const [a, b] = [x - left, y - top];
      if (a >= -1 && a <= 7 && b >= -1 && b <= 7) return a >= 0 && b >= 0 && a < 7 && b < 7 && (a % 6 === 0 || b % 6 === 0 || (a > 1 && a < 5 && b > 1 && b < 5));
    }
    const noise = Math.sin(x * 12.9898 + y * 78.233 + seed) * 43758.5453;
    return noise - Math.floor(noise) > 0.5;
  };
  return Array.from({ length: side }, (_, y) => Array.from({ length: side }, (_, x) => (dark(x, y) ? '1' : '0')).join(''));
}

export class DemoSharing {
  readonly #kind: string;
  readonly #tell: () => void;
  readonly #events: AccessEvent[];
  #now: Sharing;
  #invitedMs = 0;

  constructor(kind: string, tell: () => void) {
    this.#kind = kind;
    this.#tell = tell;
    const [fresh, plain, full] = [kind === 'sharing-new', kind === 'sharing-plain', kind === 'sharing-full'];
    const nowMs = Date.now();
    const viewer = (id: string, name: string, client: string, address: string | null, scope: Scope, connected: number, agoMin: number | null): ViewerInfo => ({ id, name, kind: client.startsWith('S') && !client.startsWith('Safari') ? 'app' : 'browser', client, address, scope, arguments: id === 'd', connected, pairedAtMs: nowMs - 3e8, lastSeenAtMs: agoMin === null ? null : nowMs - agoMin * MINUTE_MS });
    const viewers = [
      viewer('a', 'Phone', 'Safari on iPhone', '192.168.1.64', 'processes', 1, 0),
      viewer('b', 'Kitchen tablet', 'Chrome on Android tablet', '192.168.1.81', 'view', 1, 0),
      viewer('c', 'studio-pc', 'Sightline 1.0', '192.168.1.12', 'control', 0, 12),
      viewer('d', 'work-mbp', 'Safari on macOS', '192.168.1.34', 'processes', 0, 1040),
      ...(full ? [viewer('e', 'A name that somebody made as long as ever a name may be, really', 'Firefox 140 on a rather long operating system', '2001:db8:85a3:8d3:1319:8a2e:370:7348', 'view', 0, 3), viewer('f', 'evil\u202ename', 'Script', null, 'view', 0, null)] : []),
    ];
    const event = (agoMin: number, what: AccessEvent['what'], rest: Partial<AccessEvent> = {}): AccessEvent => ({ atMs: nowMs - agoMin * MINUTE_MS, what, count: 1, ...rest });
    this.#events = fresh ? [] : [
      event(6, 'came', { who: 'Phone', address: '192.168.1.64' }),
      event(27, 'came', { who: 'Kitchen tablet', address: '192.168.1.81', count: 3 }),
      event(48, 'blocked', { address: '192.168.1.99' }),
      event(49, 'wrongCode', { address: '192.168.1.99', count: 4 }),
      event(70, 'paired', { who: 'studio-pc', scope: 'control' }),
      event(2000, 'sharedLan'),
      ...(full ? Array.from({ length: 994 }, (_, index) => event(2001 + index * 7, 'came', { who: 'Phone', address: '192.168.1.64', count: 1 + (index % 3) })) : []),
    ];
    this.#now = {
      reach: fresh ? 'off' : 'lan', open: plain, port: 7444,
      listening: fresh ? [] : ['192.168.1.20:7444', '10.0.4.2:7444', '127.0.0.1:7444', '[::1]:7444'],
      links: [],
      problem: plain ? 'Port 7444 is taken by syncthing on 10.0.4.2. Choose another port, or stop syncthing.' : null,
      sharedBy: plain ? 'Another Sightline of this machine, the agent or a window, shares it already. Change it there.' : null,
      usersUntold: plain,
      mayChange: this.#kind !== 'sharing-remote',
      interfaces: full ? ['wlp1s0', 'usb0'] : null,
      networks: [
        { id: 'n1', interface: 'wlp1s0', address: '192.168.1.20', prefix: '192.168.1.0/24', local: true, allowed: fresh ? null : true, listening: !fresh },
        { id: 'n2', interface: 'enp5s0', address: '10.0.4.2', prefix: '10.0.4.0/24', local: true, allowed: plain ? null : fresh ? null : !full, listening: !fresh && !plain && !full },
        ...(full ? [{ id: 'n3', interface: 'docker0', address: '172.17.0.1', prefix: '172.17.0.0/16', local: false, allowed: null, listening: false }] : []),
      ],
      encryption: plain || fresh ? { mode: 'off' } : full ? { mode: 'own', certificate: '/etc/ssl/private/atlas.example/fullchain.pem', key: '/etc/ssl/private/atlas.example/privkey.pem' } : { mode: 'selfSigned' },
      certificate: null,
      hostNames: full ? ['atlas.example'] : [], origins: full ? [{ origin: 'https://dashboard.example:8443', token: null }] : [],
      invitation: null,
      requests: full || plain ? [{ id: 'r1', name: 'Phone', client: 'Safari on iPhone', address: '192.168.1.64', scope: 'view', arguments: false, compare: null }, ...(full ? [{ id: 'r2', name: 'work-mbp', client: 'Sightline', address: '192.168.1.34', scope: 'processes' as const, arguments: false, compare: '418302' }] : [])] : [],
      viewers: fresh ? [] : viewers, viewing: fresh ? 0 : 2, recent: this.#events.slice(0, 20),
    };
    this.#settle();
  }

  knows(method: string): boolean {
    return /^(sharing|pairing|viewers)\./.test(method);
  }

  report(): Sharing {
    const { invitation } = this.#now;
    return { ...this.#now, invitation: invitation && { ...invitation, leftMs: Math.max(0, invitation.lastsMs - (Date.now() - this.#invitedMs)) } };
  }

  answer(method: string, raw: unknown): { result: unknown } | { error: ErrorBody } {
    const params = (raw ?? {}) as SharingChange & { id: string; name?: string; scope?: Scope; arguments?: boolean; allow?: boolean };
    if (this.#kind === 'sharing-remote' && ((method.startsWith('sharing.') && !['sharing.log', 'sharing.read'].includes(method)) || method === 'viewers.add')) return { error: { code: 'forbidden', message: 'only atlas itself changes how it is shared' } };
    if (method === 'sharing.log') return { result: { events: this.#events } };
    if (method === 'viewers.add') return { result: { token: 'slt_4f9c1d7e_8b02e6a5c3d94f17a86e5b20d3c7f941e0b6a8d25c713f94' } };
    if (method === 'sharing.set' && params.origins?.some(({ origin }) => !/^https?:\/\/[^/]+$/.test(origin))) return { error: { code: 'badParams', message: 'an origin is a scheme and a host, like https://dashboard.example, without a path' } };
    this.#now = this.#changed(method, params);
    this.#settle();
    this.#tell();
    return { result: this.report() };
  }

  #changed(method: string, { id, name, scope, arguments: withArguments, allow, interfaces, ...change }: SharingChange & { id: string; name?: string; scope?: Scope; arguments?: boolean; allow?: boolean }): Sharing {
    const now = this.#now;
    const { viewers, requests } = now;
    switch (method) {
      case 'sharing.set':
        return { ...now, ...change, ...(interfaces && { interfaces: interfaces.length === 0 ? null : interfaces }), networks: now.networks.map((network) => (change.reach === 'lan' ? { ...network, allowed: true, listening: network.local } : network)) } as Sharing;
      case 'sharing.network':
        return { ...now, networks: now.networks.map((network) => (network.id === id ? { ...network, allowed: allow === true, listening: allow === true } : network)) };
      case 'pairing.invite':
        this.#invitedMs = Date.now();
        return { ...now, invitation: { link: null, qr: picture(this.#invitedMs % 997), digits: String(Math.floor(1e5 + Math.random() * 9e5)), digitsPausedMs: 0, scope: scope ?? 'view', arguments: withArguments ?? false, lastsMs: LASTS_MS, leftMs: LASTS_MS } };
      case 'pairing.cancel':
        return { ...now, invitation: null };
      case 'pairing.answer': {
        const asked = requests.find((request) => request.id === id);
        const paired: ViewerInfo[] = asked && allow ? [{ ...asked, kind: asked.compare === null ? 'browser' : 'app', scope: scope ?? asked.scope, arguments: withArguments ?? asked.arguments, pairedAtMs: Date.now(), lastSeenAtMs: null, connected: 0 }] : [];
        return { ...now, invitation: asked?.compare === null ? null : now.invitation, requests: requests.filter((request) => request !== asked), viewers: [...viewers, ...paired] };
      }
      case 'viewers.change':
        return { ...now, viewers: viewers.map((viewer) => (viewer.id === id ? { ...viewer, name: name ?? viewer.name, scope: scope ?? viewer.scope, arguments: withArguments ?? viewer.arguments } : viewer)) };
      case 'viewers.revoke':
        return { ...now, viewers: viewers.filter((viewer) => viewer.id !== id) };
      default:
        return now;
    }
  }

  /** Fields that are derived from the others. */
  #settle(): void {
    const { reach, encryption, port, invitation } = this.#now;
    const scheme = encryption.mode === 'off' ? 'http' : 'https';
    const links = reach === 'lan' ? [`${scheme}://192.168.1.20:${port}`, `${scheme}://atlas.local:${port}`] : [];
    this.#now = {
      ...this.#now, links,
      certificate: encryption.mode === 'off' ? null : { fingerprint: FINGERPRINT, expiresAtMs: Date.now() + 3e10, problem: this.#kind === 'sharing-full' ? 'The newer files do not fit each other: the certificate is for another key. The old one stays in use.' : null },
      invitation: reach === 'lan' && invitation ? { ...invitation, link: `${links[0] ?? ''}/#p=q83vEjRWeJASNFZ4kKvN7w` } : null,
    };
  }
}
