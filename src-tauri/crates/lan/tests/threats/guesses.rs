//! T10: guesses of codes and tokens. Of the guesses of one address, hardly any is checked; all others are paired and
//! served as if there were none.

use std::cell::Cell;
use std::net::{IpAddr, Ipv4Addr};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::ask::{Answer, Ask, HERE, connect};
use crate::fixture::Fixture;
use crate::owner::Owner;

/// Codes of one address that are checked.
const JUDGED: usize = wire::limits::CODE_TRIES as usize;
/// Another device on the same network.
const OTHER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
/// Asks again and again over one connection, as fast as there are answers.
struct Guesser {
    link: tokio::net::TcpStream,
    at: std::net::SocketAddr,
    read: Vec<u8>,
}

impl Guesser {
    async fn new(fixture: &Fixture, from: IpAddr) -> Self {
        let at = fixture.address();
        Self { link: connect(from, at).await.expect("a connection"), at, read: Vec::new() }
    }

    async fn ask(&mut self, ask: Ask) -> Answer {
        let bytes = ask.header("Connection", "keep-alive").bytes(self.at);
        self.link.write_all(&bytes).await.expect("it is taken");
        loop {
            let answer = Answer(std::mem::take(&mut self.read));
            if answer.is_whole() {
                return answer;
            }
            self.read = answer.0;
            assert!(
                self.link.read_buf(&mut self.read).await.expect("the link holds") > 0,
                "it was thrown out"
            );
        }
    }
}

fn retry_after_s(answer: &Answer) -> u64 {
    let after = answer.header("retry-after").unwrap_or_else(|| panic!("when to try again: {answer:?}"));
    after.parse().expect("seconds")
}

/// Memory of this process, which the server is in, in MiB.
fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("this process runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line VmRSS");
    line.trim().trim_end_matches("kB").trim().parse::<u64>().expect("a number") / 1024
}

/// A device at another address is paired with the digits that are shown, and reads a snapshot.
async fn another_is_paired(fixture: &Fixture, owner: &mut Owner) {
    let cookie = owner.pair("view", "Phone", OTHER).await;
    let looks =
        Ask::get("/api/v1/snapshot").header("Cookie", &cookie).from(OTHER).send(fixture.address()).await;
    assert_eq!(looks.status(), 200, "{looks:?}");
}

/// Guesses digits from one address: five at most are checked, and no other device waits.
pub(crate) async fn digits(guesses_made: usize) {
    let judged = guesses(
        guesses_made,
        |n| json!({"with": "digits", "digits": format!("{:06}", n + 1_000_000), "name": "me"}),
    );
    let judged = judged.await;
    assert!(judged <= JUDGED, "{judged} were judged");
}

/// Guesses links from one address. 128 bits cannot be guessed, so none has to wait: not the guesser, and nobody else.
pub(crate) async fn links(guesses_made: usize) {
    let judged = guesses(guesses_made, |n| json!({"with": "code", "code": format!("{n:022}"), "name": "me"}));
    assert_eq!(judged.await, guesses_made);
}

/// Makes guesses: how many were judged.
async fn guesses(guesses_made: usize, guess: impl Fn(usize) -> Value) -> usize {
    let fixture = Fixture::start().await;
    let mut owner = Owner::of(fixture.address(), &fixture.owner_token()).await;
    owner.invite("view").await;
    let before = resident_mib();
    let made = Cell::new(0);
    let (begun, begins) = tokio::sync::oneshot::channel();
    let guesses = async {
        let mut guesser = Guesser::new(&fixture, HERE).await;
        let (mut judged, mut begun) = (0, Some(begun));
        for n in 0..guesses_made {
            if n == 2 * JUDGED {
                begun.take().into_iter().for_each(|begun| begun.send(()).expect("somebody waits for it"));
            }
            let answer = guesser.ask(Ask::post("/api/v1/pair", &guess(n))).await;
            made.set(n + 1);
            match answer.status() {
                401 => {
                    judged += 1;
                    let sentence = answer.sentence();
                    assert!(
                        sentence.starts_with("Wrong code.") || sentence.starts_with("This link"),
                        "{answer:?}"
                    );
                }
                // The device that is paired meanwhile has used the code that was shown.
                404 => judged += 1,
                status => {
                    assert_eq!(status, 429, "guess {n}: {answer:?}");
                    assert!((1..=900).contains(&retry_after_s(&answer)), "{answer:?}");
                }
            }
        }
        judged
    };
    let other = async {
        begins.await.expect("somebody guesses");
        another_is_paired(&fixture, &mut owner).await;
        made.get()
    };
    let (judged, paired_at) = tokio::join!(guesses, other);
    println!("{judged} of {guesses_made} judged; another was paired after {paired_at}");
    assert!(paired_at < guesses_made, "another had to wait until nobody guessed any more");
    let grown = resident_mib().saturating_sub(before);
    assert!(grown < 8, "{guesses_made} guesses took {grown} MiB");
    // The guesser is not shut out of what needs no code, and the log tells of it in a few lines.
    assert_eq!(Ask::get("/health").send(fixture.address()).await.status(), 200);
    let log = owner.ask("sharing.log", Value::Null).await;
    let events = log["events"].as_array().expect("events").len();
    assert!(events < 50, "{events} lines of log");
    judged
}

/// Guesses tokens from one address: the waits grow, and a right one is accepted all the same.
pub(crate) async fn tokens(count: usize) {
    let fixture = Fixture::start().await;
    let mut owner = Owner::of(fixture.address(), &fixture.owner_token()).await;
    let (id, right) = owner.token("view", "kitchen").await;
    let before = resident_mib();
    let made = Cell::new(0);
    let guesses = async {
        let mut guesser = Guesser::new(&fixture, HERE).await;
        let mut waits = Vec::new();
        for n in 0..count {
            // Of a token that there is, and of tokens that there are not.
            let guess = if n % 2 == 0 { format!("{id}.{n:064x}") } else { format!("{n:016x}.{n:064x}") };
            let answer = guesser.ask(Ask::get("/api/v1/snapshot").bearer(&guess)).await;
            made.set(n + 1);
            if answer.status() == 429 {
                waits.push(retry_after_s(&answer));
            } else {
                assert_eq!(answer.status(), 401, "guess {n}: {answer:?}");
            }
            if n % 1000 == 999 {
                let own = guesser.ask(Ask::get("/api/v1/devices").bearer(&right)).await;
                assert_eq!(own.status(), 200, "a right token is accepted among wrong ones: {own:?}");
            }
        }
        waits
    };
    let other = async {
        another_is_paired(&fixture, &mut owner).await;
        made.get()
    };
    let (waits, paired_at) = tokio::join!(guesses, other);
    assert!(paired_at < count, "another had to wait until nobody guessed any more");
    let free = wire::limits::TOKEN_FAILURES as usize;
    assert_eq!(waits.len(), count - free, "{free} are told that they are wrong, the rest to wait");
    assert!(
        waits.is_sorted() && waits.first() == Some(&1) && waits.last() == Some(&900),
        "{:?}",
        &waits[..20]
    );
    let grown = resident_mib().saturating_sub(before);
    assert!(grown < 8, "{count} guesses took {grown} MiB");
}

/// Guesses from so many addresses: in all no more are judged than their bound, they take no more memory than the bound of
/// those that are counted, and push nothing out of the log that the owner did.
pub(crate) async fn addresses(count: usize) {
    let fixture = Fixture::start().await;
    let mut owner = Owner::of(fixture.address(), &fixture.owner_token()).await;
    owner.invite("view").await;
    let (_, token) = owner.token("view", "kitchen").await;
    let guess = |n: usize, digits: &str| {
        let from = IpAddr::V4(Ipv4Addr::new(127, 1 + (n >> 16) as u8, (n >> 8) as u8, n as u8));
        let guess = json!({"with": "digits", "digits": digits, "name": "me"});
        Ask::post("/api/v1/pair", &guess).from(from)
    };
    let before = resident_mib();
    let mut judged = 0;
    for n in 1..=count {
        let answer = guess(n, "no digits").send(fixture.address()).await;
        match answer.status() {
            401 => judged += 1,
            status => assert_eq!(status, 429, "{answer:?}"),
        }
        // Of a bearer that is none, at the same time.
        let answer = guess(n, "no digits").bearer("a.b").send(fixture.address()).await;
        assert_eq!(answer.status(), 401, "{answer:?}");
    }
    let in_all = wire::limits::CODE_TRIES_IN_ALL as usize;
    assert_eq!(judged, in_all);
    let grown = resident_mib().saturating_sub(before);
    println!("{count} addresses took {grown} MiB");
    assert!(grown < 8, "{count} addresses took {grown} MiB");
    // Who was never here is told why; who has a token is served; and the owner sees all of it.
    let shown = owner.ask("sharing.read", Value::Null).await;
    let digits = shown["invitation"]["digits"].as_str().expect("digits").to_owned();
    assert!(shown["invitation"]["digitsPausedMs"].as_u64().is_some_and(|left| left > 0), "{shown}");
    let innocent = guess(0, &digits).send(fixture.address()).await;
    assert_eq!(innocent.status(), 429, "{innocent:?}");
    assert!(innocent.sentence().contains("open the link"), "{innocent:?}");
    let looks = Ask::get("/api/v1/snapshot").bearer(&token).from(OTHER).send(fixture.address()).await;
    assert_eq!(looks.status(), 200, "{looks:?}");
    for log in [&owner.ask("sharing.log", Value::Null).await["events"], &shown["recent"]] {
        let made = |event: &Value| event["what"] == "paired" && event["who"] == "kitchen";
        assert!(log.as_array().expect("events").iter().any(made), "{log}");
    }
}
