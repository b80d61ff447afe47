//! The floor: what writing the same bytes to the same number of sockets costs at least.
//!
//! A plain loop in a process of its own. It accepts the viewers, and once a second writes one frame to each with one
//! plain write. It reads nothing, keeps nothing and encodes one short text a second.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener, TcpStream};
use std::process::{Child, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;

use super::frames::text_frame;
use super::{load, moment};
use crate::leash;

/// Descriptors beside those of the viewers.
const OTHER_DESCRIPTORS: u64 = 50;

/// Write a frame a second to each of many sockets.
#[derive(Debug, Args)]
pub(crate) struct Floor {
    #[arg(long)]
    viewers: usize,
    /// Size of a frame with its header.
    #[arg(long)]
    wire_bytes: u16,
}

impl Floor {
    /// Runs until it is killed.
    pub(crate) fn run(self) -> Result<ExitCode> {
        load::allow_descriptors(self.viewers as u64 + OTHER_DESCRIPTORS)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        println!("{}", listener.local_addr()?.port());
        let viewers: Vec<TcpStream> =
            listener.incoming().take(self.viewers).collect::<Result<_, _>>().context("accepting a viewer")?;
        let mut due = Instant::now();
        for seq in 0_u64.. {
            let sampled_at_ms = moment::now_us() / 1000;
            let heading = format!(
                r#"{{"type":"frame","channel":"overview","seq":{seq},"sampledAtMs":{sampled_at_ms},"key":false,"data":{{}}}}"#
            );
            let frame = text_frame(&heading, self.wire_bytes);
            for mut viewer in &viewers {
                if viewer.write(&frame)? < frame.len() {
                    bail!("a viewer does not read");
                }
            }
            due += Duration::from_secs(1);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The floor's process; ended when dropped.
#[derive(Debug)]
pub(crate) struct FloorProcess {
    child: Child,
    pub(crate) address: SocketAddrV4,
}

impl FloorProcess {
    pub(crate) fn start(viewers: usize, wire_bytes: u16) -> Result<Self> {
        let mut child = leash::command(leash::BENCH)
            .args(["floor", "--viewers", &viewers.to_string(), "--wire-bytes", &wire_bytes.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("starting the floor")?;
        let mut port = String::new();
        BufReader::new(child.stdout.take().expect("it is piped")).read_line(&mut port)?;
        let mut floor = Self { child, address: SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0) };
        floor.address.set_port(port.trim().parse().context("reading the floor's port")?);
        Ok(floor)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for FloorProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
