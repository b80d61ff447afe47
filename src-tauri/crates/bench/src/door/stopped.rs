//! A viewer in a process of its own, so that it can be stopped as a whole.

use std::io::{BufRead, BufReader};
use std::net::SocketAddrV4;
use std::process::{Child, ExitCode, Stdio};
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use rustix::process::{Pid, Signal, kill_process};

use super::load::Load;
use super::viewer::Manner;
use crate::leash;

/// It takes key frames of the process table only, so that its buffers are full soon after it stops.
const SUBSCRIBE: [&str; 2] = [
    r#"{"type":"subscribe","channels":["overview"]}"#,
    r#"{"type":"subscribe","channels":["processes"],"intervalMs":2000}"#,
];
/// What its socket holds before the agent's must: the kernel doubles it.
const RECEIVE_BUFFER_BYTES: usize = 32 * 1024;
const LONG: Duration = Duration::from_secs(3600);

/// Watch until killed.
#[derive(Debug, Args)]
pub(crate) struct StoppedViewer {
    #[arg(long)]
    server: SocketAddrV4,
}

impl StoppedViewer {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let manner = Manner {
            server: self.server,
            subscribe: SUBSCRIBE.map(str::to_owned).to_vec(),
            receive_buffer_bytes: Some(RECEIVE_BUFFER_BYTES),
        };
        let mut load = Load::connect([Rc::new(manner)])?;
        println!("{}", load.first_port()?);
        load.run(LONG, &mut |_| {})?;
        Ok(ExitCode::SUCCESS)
    }
}

/// That process; ended when dropped.
#[derive(Debug)]
pub(crate) struct StoppedViewerProcess {
    child: Child,
    /// The port that its socket has.
    pub(crate) port: u16,
}

impl StoppedViewerProcess {
    /// Starts it; it has its first frame when this returns.
    pub(crate) fn start(server: SocketAddrV4) -> Result<Self> {
        let mut child = leash::command(leash::BENCH)
            .args(["stopped-viewer", "--server", &server.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("starting a viewer")?;
        let mut port = String::new();
        BufReader::new(child.stdout.take().expect("it is piped")).read_line(&mut port)?;
        let mut viewer = Self { child, port: 0 };
        viewer.port = port.trim().parse().context("reading the viewer's port")?;
        Ok(viewer)
    }

    /// Stops it: it neither reads nor ends.
    pub(crate) fn stop(&self) -> Result<()> {
        kill_process(Pid::from_child(&self.child), Signal::STOP).context("stopping the viewer")
    }
}

impl Drop for StoppedViewerProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
