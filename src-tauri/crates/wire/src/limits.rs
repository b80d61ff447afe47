//! Every bound of the protocol. A bound without a reason is a bug; a list without a bound is another.
//!
//! The page reads the same numbers: `cargo xtask types` writes them to `ui/src/wire/contract.ts`.

use std::time::Duration;

use crate::constants::constants;

constants! {
    /// Largest message a client may send. Requests are a few hundred bytes; past this the session closes with 1009.
    pub const CLIENT_MESSAGE_BYTES: usize = 64 * 1024;
    /// Largest frame a server sends: 10 000 processes of 400 bytes fit.
    pub const FRAME_BYTES: usize = 4 * 1024 * 1024;
    /// Subscriptions one session may hold: all channels, with room for those to come.
    pub const SUBSCRIPTIONS: usize = 32;
    /// Requests a session may have waiting for an answer.
    pub const REQUESTS_IN_FLIGHT: usize = 16;
    /// Messages a second past which a client reads slower, so that a machine costs it no more. A long message counts once for
    /// each [`CLIENT_MESSAGE_BYTES`].
    pub const SERVER_MESSAGES_PER_S: u32 = 100;
    /// Burst allowed before [`SERVER_MESSAGES_PER_S`] bites: all alerts that are kept, after a key frame of each channel.
    pub const SERVER_MESSAGE_BURST: u32 = 400;
    /// Largest data of a frame of `summary`: 300 bytes, and a mount point with many escapes.
    pub const SUMMARY_BYTES: usize = 4 * 1024;
    /// Requests that may have to wait for a disk, or run long, worked on at once on one machine: one disk hangs one.
    pub const ANSWERS_AT_ONCE: usize = 4;
    /// Requests of the owner that may be worked on beside those: strangers whose requests hang block no revoking.
    pub const ANSWERS_OF_OWNER: usize = 2;
    /// Requests of that kind that wait for their turn on one machine. The next is refused with `tooMany`.
    pub const ANSWERS_WAITING: usize = 16;
    /// Messages a second past which the server reads slower, and the burst before that.
    pub const MESSAGES_PER_S: u32 = 30;
    /// Burst allowed before [`MESSAGES_PER_S`] bites: a page that opens sends a dozen at once.
    pub const MESSAGE_BURST: u32 = 100;
    /// CPU time a second that is spent for one viewer, or one host without a token; past it it is served slower. A page with
    /// all charts takes 5 ms a second; a fifth of a core leaves four fifths of the smallest machine to others.
    pub const CPU_PER_S: Duration = Duration::from_millis(200);
    /// What it may have saved up: pages that open, and a search as somebody types.
    pub const CPU_BURST: Duration = Duration::from_secs(1);
    /// Longest time for which it is remembered that more was used than there was.
    pub const CPU_DEBT: Duration = Duration::from_secs(60);
    /// Longest time for which a session in debt is not read: shorter than what makes either end take the other for dead.
    pub const CPU_WAIT_STREAM: Duration = Duration::from_secs(10);
    /// Longest time for which a request over HTTP waits: shorter than programs wait for an answer.
    pub const CPU_WAIT_HTTP: Duration = Duration::from_secs(2);
    /// Viewers and hosts whose budgets are remembered while they are not whole; one more, and who used least is forgotten.
    pub const CPU_BUDGETS: usize = 4096;
    /// Sessions a station serves at once.
    pub const SESSIONS: usize = 10_000;
    /// Sessions from one address: a family behind one NAT fits, a runaway script does not.
    pub const SESSIONS_PER_ADDRESS: usize = 64;
    /// Series one `history.query` may name: a 128-thread server's cores with their four parts.
    pub const QUERY_SERIES: usize = 1024;
    /// Sessions of the owner, windows included, beyond those: commands that wait, and a hand that presses twice.
    pub const OWNER_SESSIONS: usize = 64;
    /// Points a series one `history.query` may ask for: about twice the widest plot.
    pub const QUERY_POINTS: usize = 4096;
    /// Points of all series of one `history.query` together: past it each series gets fewer, so that an answer stays below
    /// [`FRAME_BYTES`] and takes milliseconds to make, however many series it names.
    pub const QUERY_CELLS: usize = 128 * 1024;
    /// Time a client has for its WebSocket handshake.
    pub const HANDSHAKE: Duration = Duration::from_secs(5);
    /// The server pings this often, so that both ends notice a dead link.
    pub const PING_EVERY: Duration = Duration::from_secs(20);
    /// A peer that has been silent this long (no pong, no message) is gone.
    pub const DEAD_AFTER: Duration = Duration::from_secs(45);
    /// A session whose socket accepts nothing for this long is closed with `slow`.
    pub const SLOW_AFTER: Duration = Duration::from_secs(10);
    /// Shutdown, goodbyes included, is done within this.
    pub const SHUTDOWN: Duration = Duration::from_secs(2);
    /// A window session that is not pulled for this long ends.
    pub const PULL_TIMEOUT: Duration = Duration::from_secs(10);
    /// One pull of the window waits this long before it answers with nothing.
    pub const PULL_WAIT: Duration = Duration::from_secs(2);
    /// Longest text of one process field that travels (name, user, command line); the rest is cut with an ellipsis.
    pub const TEXT_CHARS: usize = 1024;
    /// Longest text that is taken from another machine; the rest is cut with an ellipsis. Twice the longest that a machine
    /// of ours sends.
    pub const FOREIGN_TEXT_CHARS: usize = 2 * TEXT_CHARS;
    /// Longest list that is taken from another machine, and most fields: more than the longest of ours, a process table.
    pub const FOREIGN_ITEMS: usize = 16_384;
    /// Longest text of one field of an alert (title, message, source).
    pub const ALERT_TEXT_CHARS: usize = 1024;
    /// Alerts that are kept for `alerts.list`, and for viewers that were slow to take them.
    pub const ALERTS_KEPT: usize = 256;
    /// Sessions named one by one in a list of them; all are counted.
    pub const SESSIONS_LISTED: usize = 500;
    /// Time a socket has to answer the challenge.
    pub const AUTH_WITHIN: Duration = Duration::from_secs(5);
    /// Sockets that may be unauthenticated at once; where one more comes, one of the host with most of them is closed.
    pub const PENDING_AUTH: usize = 64;
    /// Of them, those from addresses where no viewer was seen before.
    pub const PENDING_AUTH_STRANGERS: usize = 48;
    /// Of them, those from one address: all programs behind one NAT, after a restart.
    pub const PENDING_AUTH_PER_ADDRESS: usize = 16;
    /// Deepest nesting of lists and maps in MessagePack; in JSON it is 128. Ours have five levels at most.
    pub const MESSAGE_DEPTH: usize = 16;
    /// A pairing code is good this long.
    pub const CODE_LASTS: Duration = Duration::from_secs(5 * 60);
    /// Wrong digits one address may give before it has to wait for [`CODE_WAIT`].
    pub const CODE_TRIES: u32 = 5;
    /// Wrong digits of all addresses together within [`CODE_WAIT`], before digits are not checked for the rest of it: one
    /// guess of ten thousand. A link is checked all the same.
    pub const CODE_TRIES_IN_ALL: u32 = 100;
    /// The wait after too many wrong digits.
    pub const CODE_WAIT: Duration = Duration::from_secs(15 * 60);
    /// Devices that may wait for an answer at the machine; one more, and the oldest gives way.
    pub const PAIRING_REQUESTS: usize = 8;
    /// Of them, those from one address whose digits are to be compared; one more, and its own oldest gives way.
    pub const COMPARED_PER_ADDRESS: usize = 2;
    /// How long an app that committed itself to a key has to reveal it: one answer's way, over a slow radio link.
    pub const REVEAL_WITHIN: Duration = Duration::from_secs(10);
    /// How long the answer to a device that asks for the result of its digits is delayed.
    pub const PAIRING_ANSWER: Duration = Duration::from_secs(20);
    /// Devices that can be paired: an office with several each.
    pub const VIEWERS: usize = 256;
    /// Longest id that is accepted of a machine, or of a page: a UUID is 36.
    pub const ID_CHARS: usize = 64;
    /// Longest name of a device, and of its program.
    pub const NAME_CHARS: usize = 64;
    /// Host names and origins that can be added, each.
    pub const ADDED_NAMES: usize = 32;
    /// Networks that are remembered; the one not seen for longest is asked about again.
    pub const NETWORKS_REMEMBERED: usize = 64;
    /// Events of the access log that are kept.
    pub const ACCESS_LOG: usize = 1_000;
    /// Of them, those that travel with every change.
    pub const ACCESS_RECENT: usize = 20;
    /// Unknown tokens from one address within a minute, before it has to wait.
    pub const TOKEN_FAILURES: u32 = 10;
    /// Machines a person can add: a small office with all its phones.
    pub const MACHINES: usize = 512;
    /// Tags of one machine.
    pub const TAGS: usize = 8;
    /// Addresses remembered of one machine; the one that has not worked for longest goes.
    pub const ADDRESSES: usize = 8;
    /// Machines found on the network that are shown; a flood of announcements stops there.
    pub const FOUND: usize = 256;
    /// Processes one machine names as an answer to `find`.
    pub const FINDINGS: usize = 50;
    /// Longest query, in UTF-16 code units: a line that somebody typed.
    pub const FIND_CHARS: usize = 500;
    /// Words and comparisons in a query: each is looked for in every process.
    pub const FIND_TERMS: usize = 32;
    /// Parentheses and `not` within each other in a query.
    pub const FIND_DEPTH: usize = 40;
    /// Longest regular expression in a query, in UTF-16 code units.
    pub const PATTERN_CHARS: usize = 200;
    /// Characters, classes and places of a regular expression whose repeats are written out: what one letter of a text can
    /// cost.
    pub const PATTERN_PARTS: usize = 500;
    /// Longest mount point in a summary.
    pub const SUMMARY_MOUNT_CHARS: usize = 64;
    /// The past that a machine keeps in memory for charts.
    pub const HISTORY_SPAN: Duration = Duration::from_secs(15 * 60);
}
