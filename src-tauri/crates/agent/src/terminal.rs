//! Questions in the terminal.

use std::io::{self, BufRead, IsTerminal, Write};
use std::time::Instant;

use anyhow::{Result, bail};
use tokio::sync::mpsc;

/// Lines that may wait to be read; past it, the reading thread waits.
const AHEAD: usize = 16;

/// What is typed, a line at a time, with when it came: what was typed before a question is no answer to it.
#[derive(Debug)]
pub(crate) struct Lines(mpsc::Receiver<(Instant, String)>);

impl Lines {
    /// Reads standard input from now on.
    pub(crate) fn start() -> Self {
        let (sender, receiver) = mpsc::channel(AHEAD);
        // Nothing ends a read of a terminal but a line or the end of the program: nobody waits for this thread.
        std::thread::spawn(move || {
            for line in io::stdin().lock().lines().map_while(Result::ok) {
                if sender.blocking_send((Instant::now(), line)).is_err() {
                    break;
                }
            }
        });
        Self(receiver)
    }

    /// The next line that came after `asked`; nothing when there are no more. Can be dropped and called again.
    pub(crate) async fn after(&mut self, asked: Instant) -> Option<String> {
        loop {
            let (came, line) = self.0.recv().await?;
            if came >= asked {
                return Some(line);
            }
        }
    }
}

/// Asks a question whose answer is no, if it is not yes.
///
/// # Errors
/// When standard input is closed.
pub(crate) fn confirm(question: &str) -> Result<bool> {
    if !io::stdin().is_terminal() {
        bail!("{question} Nobody is there to answer; say --yes where that is meant");
    }
    prompt(&mut io::stderr(), question)?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(is_yes(&answer))
}

/// Writes a question and leaves the cursor behind it.
pub(crate) fn prompt(out: &mut impl Write, question: &str) -> io::Result<()> {
    write!(out, "{question} [y/N] ")?;
    out.flush()
}

/// Whether it means yes. Anything else means no.
pub(crate) fn is_yes(answer: &str) -> bool {
    let answer = answer.trim();
    answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_is_yes() {
        for (answer, expected) in [("y\n", true), ("YES", true), ("", false), ("yep", false), ("n", false)] {
            assert_eq!(is_yes(answer), expected, "{answer:?}");
        }
    }

    #[tokio::test]
    async fn what_was_typed_before_the_question_is_no_answer() {
        let (sender, receiver) = mpsc::channel(AHEAD);
        let mut lines = Lines(receiver);
        let before = Instant::now();
        let asked = before + std::time::Duration::from_millis(1);
        sender.send((before, "y".to_owned())).await.unwrap();
        sender.send((asked, "n".to_owned())).await.unwrap();
        drop(sender);
        assert_eq!(lines.after(asked).await.as_deref(), Some("n"));
        assert_eq!(lines.after(asked).await, None);
    }
}
