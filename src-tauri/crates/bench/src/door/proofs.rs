//! What a proof costs the machine: a script asks over HTTP, again and again over one connection, and proves a token each
//! time, which takes two requests: one for its nonce, and the one that it proves. Of the agent's CPU what counts is above
//! the same two requests with nothing to prove, which are measured in turns.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use anyhow::{Context, Result, bail};
use wire::auth_header::{CLIENT, MACHINE, NONCE, PROOF, Parameters, SCHEME, TOKEN, written};
use wire::endpoint::{OWNER, OWNER_FILE};
use wire::pin::ChannelBinding;
use wire::proof::{Challenge, Purpose, Secret, body_digest, hex};

use super::agent::Agent;
use super::cost::Threads;
use super::options::Options;
use crate::figures::median;
use crate::table::Line;

/// What is asked for: a short answer.
const TARGET: &str = "/api/v1/devices";
/// Proofs of one run.
const PROOFS: u32 = 1000;
const MOST_MS: f64 = 0.2;

/// One line.
pub(crate) fn lines(options: &Options) -> Result<Vec<Line>> {
    let agent = Agent::start()?;
    let token =
        std::fs::read_to_string(agent.data_dir().join(OWNER_FILE)).context("reading the owner's token")?;
    let secret = token.trim().split_once('.').and_then(|(_, secret)| Secret::from_hex(secret));
    let secret = secret.context("taking the owner's token apart")?;
    let mut link = Link::open(&agent)?;
    let (mut proven, mut bare) = (Vec::new(), Vec::new());
    for run in 0..=options.runs() {
        eprintln!("{PROOFS} proofs: run {run} of {}", options.runs());
        proven.push(ms_each(&agent, |at| link.prove(&secret, run * PROOFS as usize + at as usize))?);
        bare.push(ms_each(&agent, |_| {
            link.ask("", "")?;
            link.ask("", "").map(drop)
        })?);
    }
    // The first of each only warms up.
    let (proven, bare) = (median(proven.split_off(1)), median(bare.split_off(1)));
    let ms = proven - bare;
    Ok(vec![Line::judged(
        "a proof over HTTP".to_owned(),
        format!("{ms:.3} ms of CPU above {bare:.3} ms of two requests without one"),
        format!("≤ {MOST_MS} ms"),
        ms <= MOST_MS,
    )])
}

/// Milliseconds of the agent's CPU for each of many.
fn ms_each(agent: &Agent, mut each: impl FnMut(u32) -> Result<()>) -> Result<f64> {
    let before = Threads::of(agent.pid())?;
    (0..PROOFS).try_for_each(&mut each)?;
    Ok(Threads::of(agent.pid())?.since_ns(&before) as f64 / f64::from(PROOFS) / 1e6)
}

/// A connection that stays open.
struct Link {
    host: String,
    stream: BufReader<TcpStream>,
}

impl Link {
    fn open(agent: &Agent) -> Result<Self> {
        let stream = TcpStream::connect(agent.address).context("connecting to the agent")?;
        stream.set_nodelay(true)?;
        Ok(Self { host: agent.address.to_string(), stream: BufReader::new(stream) })
    }

    fn prove(&mut self, secret: &Secret, number: usize) -> Result<()> {
        let (status, asked) = self.ask(SCHEME, "www-authenticate")?;
        let asked = asked.filter(|_| status == 401).context("asking for a nonce")?;
        let asked = Parameters::of(&asked).context("reading the nonce")?;
        let (machine_id, nonce) = asked.get(MACHINE).zip(asked.get(NONCE)).context("reading the nonce")?;
        // It has to be another one each time, and need not be secret.
        let mut client_nonce = [0; 32];
        client_nonce[..8].copy_from_slice(&number.to_le_bytes());
        let (client_nonce, body) = (hex(&client_nonce), body_digest(b""));
        let challenge = Challenge {
            purpose: Purpose::Http { method: "GET", target: TARGET, body: &body },
            binding: ChannelBinding::Plain,
            machine_id,
            token_id: OWNER,
            server_nonce: nonce,
            client_nonce: &client_nonce,
        };
        let proof = secret.prove(&challenge).context("making a proof")?;
        let said = written(&[(TOKEN, OWNER), (NONCE, nonce), (CLIENT, &client_nonce), (PROOF, &proof)]);
        match self.ask(&format!("{SCHEME} {said}"), "authentication-info")? {
            (200, Some(_)) => Ok(()),
            (status, _) => bail!("a proof was answered with {status}"),
        }
    }

    /// The status of the answer, and one of its headers.
    fn ask(&mut self, authorization: &str, wanted: &str) -> Result<(u16, Option<String>)> {
        let host = &self.host;
        let said = if authorization.is_empty() {
            String::new()
        } else {
            format!("Authorization: {authorization}\r\n")
        };
        let request = format!("GET {TARGET} HTTP/1.1\r\nHost: {host}\r\n{said}\r\n");
        self.stream.get_mut().write_all(request.as_bytes())?;
        let (mut status, mut length, mut found) = (0, 0, None);
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line)?;
            let line = line.trim_end();
            if let Some((name, value)) = line.split_once(": ") {
                match name {
                    "content-length" => length = value.parse().context("reading a length")?,
                    name if name == wanted => found = Some(value.to_owned()),
                    _ => {}
                }
            } else if line.is_empty() {
                break;
            } else {
                status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
            }
        }
        self.stream.by_ref().take(length).read_to_end(&mut Vec::new())?;
        Ok((status, found))
    }
}
