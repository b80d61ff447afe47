//! A running agent, and the commands that connect to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::DEADLINE;

const PROGRAM: &str = env!("CARGO_BIN_EXE_sightline-agent");

/// A running agent with files of its own.
pub(crate) struct Agent {
    process: Child,
    pub(crate) port: u16,
    data: TempDir,
    /// The network namespace it is in, if it is in one of its own.
    namespace: Option<String>,
}

/// The result of a command.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Agent {
    /// On a free port of this computer.
    pub(crate) fn start() -> Self {
        Self::start_in(None)
    }

    /// On a free port of a namespace.
    pub(crate) fn start_in(namespace: Option<&str>) -> Self {
        Self::start_at(namespace, 0)
    }

    /// On a free port of this computer, started by `wrapper`, which gets the program as its last argument.
    #[cfg(target_os = "linux")]
    pub(crate) fn start_under(mut wrapper: Command) -> Self {
        let data = tempfile::tempdir().expect("a temporary directory");
        wrapper.arg(PROGRAM);
        let (process, port) = serve(wrapper, 0, data.path());
        Self { process, port, data, namespace: None }
    }

    /// On this port of a namespace.
    pub(crate) fn start_at(namespace: Option<&str>, port: u16) -> Self {
        let data = tempfile::tempdir().expect("a temporary directory");
        let (process, port) = serve(command(namespace), port, data.path());
        Self { process, port, data, namespace: namespace.map(str::to_owned) }
    }

    /// Kills it, as a power cut does.
    pub(crate) fn cut(&mut self) {
        drop(self.process.kill());
        self.process.wait().expect("an end");
    }

    /// Starts it once more, after its end, where it was.
    pub(crate) fn start_again(&mut self) {
        (self.process, self.port) = serve(command(self.namespace.as_deref()), self.port, self.data.path());
    }

    pub(crate) fn data_dir(&self) -> &Path {
        self.data.path()
    }

    /// A command that connects to it; `arguments` begins with the command's name.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(self.namespace.as_deref());
        command.args(arguments);
        command.args(["--port", &self.port.to_string(), "--data-dir"]).arg(self.data.path());
        command
    }

    /// Runs a command to its end, without a terminal.
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        outcome(&mut self.command(arguments))
    }

    /// Runs a command that has to succeed; what it prints.
    pub(crate) fn stdout(&self, arguments: &[&str]) -> String {
        let Outcome { code, out, err } = self.run(arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {out}{err}");
        assert_eq!(err, "", "{arguments:?}");
        out
    }

    /// Asks it to end, and waits until it has.
    #[cfg(target_os = "linux")]
    pub(crate) fn end(&mut self) {
        let process = self.process.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &process]).status();
        assert!(asked.is_ok_and(|status| status.success()));
        assert!(self.process.wait().expect("an end").success());
    }

    /// Status of `GET path` on this computer, with this token.
    pub(crate) fn get(&self, path: &str, token: &str) -> u16 {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).expect("a connection");
        socket.set_read_timeout(Some(DEADLINE)).expect("a timeout");
        let host = format!("127.0.0.1:{}", self.port);
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
        );
        socket.write_all(request.as_bytes()).expect("sent");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).expect("an answer");
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        status.unwrap_or_else(|| panic!("no status in {answer:?}"))
    }
}

/// A running agent, started by `command`, and its port.
fn serve(mut command: Command, port: u16, data: &Path) -> (Child, u16) {
    let mut process = command
        .args(["serve", "--port", &port.to_string(), "--data-dir"])
        .arg(data)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a running agent");
    let mut line = String::new();
    let out = process.stdout.take().expect("its output");
    BufReader::new(out).read_line(&mut line).expect("its first line");
    let port = line.trim().rsplit(':').next().and_then(|port| port.parse().ok());
    (process, port.unwrap_or_else(|| panic!("no address in {line:?}")))
}

/// Whether this status is that of an answer: 503 is the one before the first sample.
pub(crate) fn is_answer(status: u16) -> bool {
    status == 200 || status == 503
}

impl Drop for Agent {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Runs `command` to its end, without a terminal.
pub(crate) fn outcome(command: &mut Command) -> Outcome {
    let output = command.stdin(Stdio::null()).output().expect("an end");
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
    Outcome { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
}

/// The program, in this namespace, without arguments.
pub(crate) fn command(namespace: Option<&str>) -> Command {
    let mut command = match namespace {
        Some(name) => {
            let mut command = Command::new("ip");
            command.args(["netns", "exec", name, PROGRAM]);
            command
        }
        None => Command::new(PROGRAM),
    };
    for name in
        ["SIGHTLINE_PORT", "SIGHTLINE_LISTEN", "SIGHTLINE_DATA_DIR", "STATE_DIRECTORY", "NOTIFY_SOCKET"]
    {
        command.env_remove(name);
    }
    command
}
