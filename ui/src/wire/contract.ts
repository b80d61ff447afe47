// Generated from the Rust crate `wire` by `cargo xtask types`. Do not edit.
import type { AccessLog, AlertsList, Channel, FindQuery, Findings, Goodbye, History, HistoryQuery, InviteParams, Method, NetworkAnswer, PairingDecision, ProcessDetail, ProcessRef, Scope, SeriesInfo, Sharing, SharingChange, SnapshotBody, SummaryHistory, SummaryQuery, TokenMade, TokenParams, ViewerChange, ViewerInfo, ViewerRef } from './wire';

/** The protocol version of this build. A client that reads a higher number asks for an update of itself. */
export const PROTOCOL: number = 1;

/** The WebSocket subprotocol of the native stream, always echoed by the server. */
export const SUBPROTOCOL = 'sightline.v1';

/** The default port of the LAN server. */
export const PORT: number = 7444;

/** Largest message a client may send. Requests are a few hundred bytes; past this the session closes with 1009. */
export const CLIENT_MESSAGE_BYTES: number = 65_536;

/** Largest frame a server sends: 10 000 processes of 400 bytes fit. */
export const FRAME_BYTES: number = 4_194_304;

/** Subscriptions one session may hold: all channels, with room for those to come. */
export const SUBSCRIPTIONS: number = 32;

/** Requests a session may have waiting for an answer. */
export const REQUESTS_IN_FLIGHT: number = 16;

/** Messages a second past which a client reads slower, so that a machine costs it no more. A long message counts once for each [`CLIENT_MESSAGE_BYTES`]. */
export const SERVER_MESSAGES_PER_S: number = 100;

/** Burst allowed before [`SERVER_MESSAGES_PER_S`] bites: all alerts that are kept, after a key frame of each channel. */
export const SERVER_MESSAGE_BURST: number = 400;

/** Largest data of a frame of `summary`: 300 bytes, and a mount point with many escapes. */
export const SUMMARY_BYTES: number = 4_096;

/** Requests that may have to wait for a disk, or run long, worked on at once on one machine: one disk hangs one. */
export const ANSWERS_AT_ONCE: number = 4;

/** Requests of the owner that may be worked on beside those: strangers whose requests hang block no revoking. */
export const ANSWERS_OF_OWNER: number = 2;

/** Requests of that kind that wait for their turn on one machine. The next is refused with `tooMany`. */
export const ANSWERS_WAITING: number = 16;

/** Messages a second past which the server reads slower, and the burst before that. */
export const MESSAGES_PER_S: number = 30;

/** Burst allowed before [`MESSAGES_PER_S`] bites: a page that opens sends a dozen at once. */
export const MESSAGE_BURST: number = 100;

/** CPU time a second that is spent for one viewer, or one host without a token; past it it is served slower. A page with all charts takes 5 ms a second; a fifth of a core leaves four fifths of the smallest machine to others. */
export const CPU_PER_S_MS: number = 200;

/** What it may have saved up: pages that open, and a search as somebody types. */
export const CPU_BURST_MS: number = 1_000;

/** Longest time for which it is remembered that more was used than there was. */
export const CPU_DEBT_MS: number = 60_000;

/** Longest time for which a session in debt is not read: shorter than what makes either end take the other for dead. */
export const CPU_WAIT_STREAM_MS: number = 10_000;

/** Longest time for which a request over HTTP waits: shorter than programs wait for an answer. */
export const CPU_WAIT_HTTP_MS: number = 2_000;

/** Viewers and hosts whose budgets are remembered while they are not whole; one more, and who used least is forgotten. */
export const CPU_BUDGETS: number = 4_096;

/** Sessions a station serves at once. */
export const SESSIONS: number = 10_000;

/** Sessions from one address: a family behind one NAT fits, a runaway script does not. */
export const SESSIONS_PER_ADDRESS: number = 64;

/** Series one `history.query` may name: a 128-thread server's cores with their four parts. */
export const QUERY_SERIES: number = 1_024;

/** Sessions of the owner, windows included, beyond those: commands that wait, and a hand that presses twice. */
export const OWNER_SESSIONS: number = 64;

/** Points a series one `history.query` may ask for: about twice the widest plot. */
export const QUERY_POINTS: number = 4_096;

/** Points of all series of one `history.query` together: past it each series gets fewer, so that an answer stays below [`FRAME_BYTES`] and takes milliseconds to make, however many series it names. */
export const QUERY_CELLS: number = 131_072;

/** Time a client has for its WebSocket handshake. */
export const HANDSHAKE_MS: number = 5_000;

/** The server pings this often, so that both ends notice a dead link. */
export const PING_EVERY_MS: number = 20_000;

/** A peer that has been silent this long (no pong, no message) is gone. */
export const DEAD_AFTER_MS: number = 45_000;

/** A session whose socket accepts nothing for this long is closed with `slow`. */
export const SLOW_AFTER_MS: number = 10_000;

/** Shutdown, goodbyes included, is done within this. */
export const SHUTDOWN_MS: number = 2_000;

/** A window session that is not pulled for this long ends. */
export const PULL_TIMEOUT_MS: number = 10_000;

/** One pull of the window waits this long before it answers with nothing. */
export const PULL_WAIT_MS: number = 2_000;

/** Longest text of one process field that travels (name, user, command line); the rest is cut with an ellipsis. */
export const TEXT_CHARS: number = 1_024;

/** Longest text that is taken from another machine; the rest is cut with an ellipsis. Twice the longest that a machine of ours sends. */
export const FOREIGN_TEXT_CHARS: number = 2_048;

/** Longest list that is taken from another machine, and most fields: more than the longest of ours, a process table. */
export const FOREIGN_ITEMS: number = 16_384;

/** Longest text of one field of an alert (title, message, source). */
export const ALERT_TEXT_CHARS: number = 1_024;

/** Alerts that are kept for `alerts.list`, and for viewers that were slow to take them. */
export const ALERTS_KEPT: number = 256;

/** Sessions named one by one in a list of them; all are counted. */
export const SESSIONS_LISTED: number = 500;

/** Time a socket has to answer the challenge. */
export const AUTH_WITHIN_MS: number = 5_000;

/** Sockets that may be unauthenticated at once; where one more comes, one of the host with most of them is closed. */
export const PENDING_AUTH: number = 64;

/** Of them, those from addresses where no viewer was seen before. */
export const PENDING_AUTH_STRANGERS: number = 48;

/** Of them, those from one address: all programs behind one NAT, after a restart. */
export const PENDING_AUTH_PER_ADDRESS: number = 16;

/** Deepest nesting of lists and maps in MessagePack; in JSON it is 128. Ours have five levels at most. */
export const MESSAGE_DEPTH: number = 16;

/** A pairing code is good this long. */
export const CODE_LASTS_MS: number = 300_000;

/** Wrong digits one address may give before it has to wait for [`CODE_WAIT`]. */
export const CODE_TRIES: number = 5;

/** Wrong digits of all addresses together within [`CODE_WAIT`], before digits are not checked for the rest of it: one guess of ten thousand. A link is checked all the same. */
export const CODE_TRIES_IN_ALL: number = 100;

/** The wait after too many wrong digits. */
export const CODE_WAIT_MS: number = 900_000;

/** Devices that may wait for an answer at the machine; one more, and the oldest gives way. */
export const PAIRING_REQUESTS: number = 8;

/** Of them, those from one address whose digits are to be compared; one more, and its own oldest gives way. */
export const COMPARED_PER_ADDRESS: number = 2;

/** How long an app that committed itself to a key has to reveal it: one answer's way, over a slow radio link. */
export const REVEAL_WITHIN_MS: number = 10_000;

/** How long the answer to a device that asks for the result of its digits is delayed. */
export const PAIRING_ANSWER_MS: number = 20_000;

/** Devices that can be paired: an office with several each. */
export const VIEWERS: number = 256;

/** Longest id that is accepted of a machine, or of a page: a UUID is 36. */
export const ID_CHARS: number = 64;

/** Longest name of a device, and of its program. */
export const NAME_CHARS: number = 64;

/** Host names and origins that can be added, each. */
export const ADDED_NAMES: number = 32;

/** Networks that are remembered; the one not seen for longest is asked about again. */
export const NETWORKS_REMEMBERED: number = 64;

/** Events of the access log that are kept. */
export const ACCESS_LOG: number = 1_000;

/** Of them, those that travel with every change. */
export const ACCESS_RECENT: number = 20;

/** Unknown tokens from one address within a minute, before it has to wait. */
export const TOKEN_FAILURES: number = 10;

/** Machines a person can add: a small office with all its phones. */
export const MACHINES: number = 512;

/** Tags of one machine. */
export const TAGS: number = 8;

/** Addresses remembered of one machine; the one that has not worked for longest goes. */
export const ADDRESSES: number = 8;

/** Machines found on the network that are shown; a flood of announcements stops there. */
export const FOUND: number = 256;

/** Processes one machine names as an answer to `find`. */
export const FINDINGS: number = 50;

/** Longest query, in UTF-16 code units: a line that somebody typed. */
export const FIND_CHARS: number = 500;

/** Words and comparisons in a query: each is looked for in every process. */
export const FIND_TERMS: number = 32;

/** Parentheses and `not` within each other in a query. */
export const FIND_DEPTH: number = 40;

/** Longest regular expression in a query, in UTF-16 code units. */
export const PATTERN_CHARS: number = 200;

/** Characters, classes and places of a regular expression whose repeats are written out: what one letter of a text can cost. */
export const PATTERN_PARTS: number = 500;

/** Longest mount point in a summary. */
export const SUMMARY_MOUNT_CHARS: number = 64;

/** The past that a machine keeps in memory for charts. */
export const HISTORY_SPAN_MS: number = 900_000;

/** Longest that the first pause before another try may be; the real one is random, from 0 to this. Each further one may be twice as long. */
export const BACKOFF_FIRST_MS: number = 500;

/** Longest that any pause may be. */
export const BACKOFF_LONGEST_MS: number = 30_000;

/** A session that lasted this long makes the next pause the first one again. */
export const BACKOFF_RESET_AFTER_MS: number = 60_000;

/** A link that heard nothing for this many intervals of its fastest subscription sends a ping. */
export const MISSED_INTERVALS: number = 3;

/** Time for the answer to that ping; then the link is lost. */
export const PONG_WITHIN_MS: number = 5_000;

/** Upgrades that may fail in a row, while the machine answers HTTP, before it is polled instead. */
export const FAILED_UPGRADES: number = 3;

/** Time between two polls of a machine that cannot be reached by WebSocket. */
export const POLL_EVERY_MS: number = 5_000;

/** Data older than this is shown as stale. */
export const STALE_AFTER_MS: number = 30_000;

/** Columns of [`ViewRow`], in its order. [`FullRow`] has these, then [`FULL_COLUMNS`]. */
export const VIEW_COLUMNS = ['pid', 'startedAtMs', 'parentPid', 'name', 'state', 'cpuRatio', 'memoryBytes', 'readBytesPerS', 'writeBytesPerS', 'threads'] as const;

/** Columns that scope `processes` adds. */
export const FULL_COLUMNS = ['user', 'command'] as const;

/** The columns that travel in `changed`, after pid and startedAtMs. The others are text or never change. */
export const CHANGING_COLUMNS = ['state', 'cpuRatio', 'memoryBytes', 'readBytesPerS', 'writeBytesPerS', 'threads'] as const;

/** Processes in each list of channel `top`, at most. */
export const TOP_LENGTH: number = 10;

/** Every scope; each includes those before it. */
export const SCOPES = ['view', 'processes', 'control'] as const satisfies readonly Scope[];

/** Every channel: the time between two frames (0: every tick), and the scope that it needs. */
export const CHANNELS: Readonly<Record<Channel, { intervalMs: number; scope: Scope }>> = {
  'overview': { intervalMs: 0, scope: 'view' },
  'top': { intervalMs: 2000, scope: 'view' },
  'processes': { intervalMs: 0, scope: 'view' },
  'system-info': { intervalMs: 30000, scope: 'view' },
  'network-interfaces': { intervalMs: 5000, scope: 'view' },
  'summary': { intervalMs: 5000, scope: 'view' },
  'alerts': { intervalMs: 0, scope: 'view' },
  'sessions': { intervalMs: 0, scope: 'control' },
  'sharing': { intervalMs: 0, scope: 'control' },
};

/** The WebSocket close code that goes with each reason. */
export const CLOSE_CODES: Readonly<Record<Goodbye, number>> = {
  shutdown: 1001,
  suspend: 1001,
  update: 1001,
  changed: 1012,
  revoked: 1008,
  unauthorized: 1008,
  protocol: 1008,
  tooLarge: 1009,
  slow: 1013,
  tooMany: 1013,
};

/** Every method: the scope that it needs. */
export const METHODS: Readonly<Record<Method, Scope>> = {
  'snapshot': 'view',
  'series.list': 'view',
  'history.query': 'view',
  'summary.history': 'view',
  'find': 'view',
  'alerts.list': 'view',
  'process.detail': 'processes',
  'sharing.read': 'control',
  'sharing.set': 'control',
  'sharing.network': 'control',
  'sharing.log': 'control',
  'pairing.invite': 'control',
  'pairing.cancel': 'control',
  'pairing.answer': 'control',
  'viewers.list': 'control',
  'viewers.change': 'control',
  'viewers.revoke': 'control',
  'viewers.add': 'control',
};

/** What each method takes and gives. */
export interface Methods {
  /** The last sample, whole. */
  'snapshot': { params: undefined; result: SnapshotBody };
  /** Every series, with its definition. */
  'series.list': { params: undefined; result: Array<SeriesInfo> };
  /** The past of some series. */
  'history.query': { params: HistoryQuery; result: History };
  /** The past of the summary. */
  'summary.history': { params: SummaryQuery; result: SummaryHistory };
  /** What of the machine matches a query. */
  'find': { params: FindQuery; result: Findings };
  /** The events that are kept, oldest first. */
  'alerts.list': { params: undefined; result: AlertsList };
  /** One process in full. */
  'process.detail': { params: ProcessRef; result: ProcessDetail };
  /** How the machine is shared, and with whom. */
  'sharing.read': { params: undefined; result: Sharing };
  /** Changes how the machine is shared. Only at the machine itself. */
  'sharing.set': { params: SharingChange; result: Sharing };
  /** Allows or refuses a network. Only at the machine itself. */
  'sharing.network': { params: NetworkAnswer; result: Sharing };
  /** The access log, newest first. */
  'sharing.log': { params: undefined; result: AccessLog };
  /** Shows a new pairing code. */
  'pairing.invite': { params: InviteParams; result: Sharing };
  /** Withdraws the pairing code. */
  'pairing.cancel': { params: undefined; result: Sharing };
  /** Accepts or refuses a device that waits. */
  'pairing.answer': { params: PairingDecision; result: Sharing };
  /** The paired devices. */
  'viewers.list': { params: undefined; result: Array<ViewerInfo> };
  /** Changes the name or the scope of a paired device. */
  'viewers.change': { params: ViewerChange; result: Sharing };
  /** Revokes the access of a paired device. */
  'viewers.revoke': { params: ViewerRef; result: Sharing };
  /** Makes a token for a script. Only at the machine itself. */
  'viewers.add': { params: TokenParams; result: TokenMade };
}
