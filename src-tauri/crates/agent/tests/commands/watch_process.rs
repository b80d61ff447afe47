//! A `watch` that runs, line by line.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::Instant;

use serde_json::Value;

use crate::DEADLINE;
use crate::agent::command;

/// A command that prints lines until it is ended.
pub(crate) struct Watching {
    process: Child,
    /// `None` when nobody reads any more.
    lines: Option<Receiver<String>>,
    /// `None` once it was asked for.
    err: Option<JoinHandle<String>>,
}

impl Watching {
    /// Starts `watch` with these arguments in this namespace; tokens are kept in `data`.
    pub(crate) fn start(namespace: Option<&str>, data: &Path, arguments: &[&str]) -> Self {
        let mut command = command(namespace);
        command.arg("watch").args(arguments).arg("--data-dir").arg(data);
        Self::spawn(&mut command)
    }

    /// Starts this command.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a running command");
        let (out, err) = process.stdout.take().zip(process.stderr.take()).expect("its output");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                // Without anybody who listens, the pipe is closed.
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        // Read at once: a pipe that is full stops the command.
        let err = std::thread::spawn(move || {
            let mut words = String::new();
            BufReader::new(err).read_to_string(&mut words).expect("text");
            words
        });
        Self { process, lines: Some(lines), err: Some(err) }
    }

    /// The next line that `wanted` holds for; others are passed over.
    pub(crate) fn line(&mut self, wanted: impl Fn(&str) -> bool) -> String {
        self.line_or_end(wanted).unwrap_or_else(|| panic!("it ended without such a line"))
    }

    /// Likewise; nothing where it ended without one.
    pub(crate) fn line_or_end(&mut self, wanted: impl Fn(&str) -> bool) -> Option<String> {
        let until = Instant::now() + 2 * DEADLINE;
        let lines = self.lines.as_ref().expect("somebody reads");
        let mut passed = Vec::new();
        loop {
            match lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) if wanted(&line) => return Some(line),
                Ok(line) => passed.push(line),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => panic!("no such line; there were {passed:#?}"),
            }
        }
    }

    /// The next line of JSON that `wanted` holds for. Every line has to be JSON.
    pub(crate) fn json(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        let parsed =
            |line: &str| serde_json::from_str::<Value>(line).unwrap_or_else(|err| panic!("{err}: {line}"));
        let line = self.line(|line| wanted(&parsed(line)));
        parsed(&line)
    }

    /// Waits for this state.
    pub(crate) fn state(&mut self, state: &str) -> Value {
        self.json(|told| told["state"] == state)
    }

    /// Its id in `/proc`.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Presses Ctrl-C.
    pub(crate) fn interrupt(&self) {
        let process = self.process.id().to_string();
        let asked = Command::new("kill").args(["-INT", &process]).status();
        assert!(asked.is_ok_and(|status| status.success()));
    }

    /// Reads nothing more, as `head` does after a while.
    pub(crate) fn close(&mut self) {
        self.lines = None;
    }

    /// Waits for its end: its code, and its last words.
    pub(crate) fn end(&mut self) -> (Option<i32>, String) {
        let words = self.err.take().expect("it is asked for once").join().expect("text");
        (self.process.wait().expect("an end").code(), words)
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
