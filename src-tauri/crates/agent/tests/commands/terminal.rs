//! A command in a terminal with a person in front of it.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use crate::DEADLINE;
use crate::agent::Agent;

/// A command in a terminal of its own.
pub(crate) struct Typed {
    process: Child,
    keys: ChildStdin,
    screen: Receiver<Vec<u8>>,
    seen: String,
}

impl Typed {
    /// Starts `arguments` for `agent`.
    pub(crate) fn start(agent: &Agent, arguments: &[&str]) -> Self {
        Self::spawn(&agent.command(arguments))
    }

    /// Starts `command`. `script` (util-linux) gives it the terminal.
    pub(crate) fn spawn(command: &Command) -> Self {
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        let words: Vec<_> = words.map(|word| format!("'{}'", word.to_str().expect("text"))).collect();
        let mut process = Command::new("script")
            .args(["--quiet", "--return", "--command", &words.join(" "), "/dev/null"])
            .env("TERM", "xterm")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a terminal");
        let (keys, mut out) = process.stdin.take().zip(process.stdout.take()).expect("both ends");
        let (sender, screen) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = out.read(&mut bytes) {
                if sender.send(bytes[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self { process, keys, screen, seen: String::new() }
    }

    /// Waits until `text` stands on the screen; all that was shown since the last wait, up to it.
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        let until = Instant::now() + DEADLINE;
        loop {
            if let Some(at) = self.seen.find(text) {
                let rest = self.seen.split_off(at + text.len());
                return std::mem::replace(&mut self.seen, rest);
            }
            let more = self.screen.recv_timeout(until.saturating_duration_since(Instant::now()));
            let more = more.unwrap_or_else(|_| panic!("no {text:?} on the screen: {}", self.seen));
            self.seen.push_str(&String::from_utf8_lossy(&more));
        }
    }

    pub(crate) fn type_in(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("typed");
        self.keys.flush().expect("typed");
    }

    /// Waits for the end of the command; its exit code.
    pub(crate) fn end(&mut self) -> Option<i32> {
        let until = Instant::now() + DEADLINE;
        // The screen goes dark with the last word of the command.
        while self.screen.recv_timeout(until.saturating_duration_since(Instant::now())).is_ok() {}
        self.process.wait().expect("an end").code()
    }
}

impl Drop for Typed {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
