//! Which second of a recording is played when: a machine plays its chapters one after the other, in a loop.

use std::ops::Range;

use super::recording::{Column, OVERLAP, Recording};

/// Each core after the recorded ones plays this much later than the one before, so that copies are not in step.
pub(super) const CORE_LAG_MS: u64 = 1000;

/// The chapters of one machine, in the order in which it plays them.
#[derive(Debug)]
pub(super) struct Schedule {
    /// Seconds of the recording, the overlap left out.
    parts: Vec<Range<usize>>,
    /// Seconds of all parts.
    length: u64,
    /// How far into the schedule it is at the beginning of time, in seconds.
    phase: u64,
}

/// A second of the recording, and the share of the part before that still fades out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moment {
    pub(super) second: usize,
    /// The second of the part before, and its share.
    fading: Option<(usize, f32)>,
    /// Which part is played, counted from the beginning of time.
    pub(super) part: u64,
    /// Seconds since the part began.
    pub(super) since: usize,
}

impl Schedule {
    /// `chapters` that are not in the recording are left out; `None` where nothing is left.
    pub(super) fn new(recording: &Recording, chapters: &[String], phase: u64) -> Option<Self> {
        let part = |wanted: &String| {
            let mut begin = 0;
            for chapter in &recording.chapters {
                if chapter.name == *wanted {
                    return (chapter.seconds > OVERLAP).then(|| begin..begin + chapter.seconds - OVERLAP);
                }
                begin += chapter.seconds;
            }
            None
        };
        let parts: Vec<_> = chapters.iter().filter_map(part).collect();
        let length = parts.iter().map(|part| part.len() as u64).sum();
        (length > 0).then_some(Self { parts, length, phase })
    }

    /// What is played at `wall_ms`.
    pub(super) fn at(&self, wall_ms: u64) -> Moment {
        let second = wall_ms / 1000 + self.phase;
        let (round, mut rest) = (second / self.length, (second % self.length) as usize);
        let mut before = self.parts.last().map_or(0, |part| part.end);
        for (at, part) in self.parts.iter().enumerate() {
            if rest < part.len() {
                // A share of the part before until it has faded out, which it has not begun to at the first second.
                let share = 1.0 - rest as f32 / OVERLAP as f32;
                return Moment {
                    second: part.start + rest,
                    fading: (rest < OVERLAP).then_some((before + rest, share)),
                    part: round * self.parts.len() as u64 + at as u64,
                    since: rest,
                };
            }
            rest -= part.len();
            before = part.end;
        }
        unreachable!("the rest is less than the length of all parts")
    }
}

impl Moment {
    /// The value of `column` at this moment.
    pub(super) fn of(self, column: &Column) -> f64 {
        let now = column.at(self.second);
        f64::from(match self.fading {
            Some((second, share)) => column.at(second) * share + now * (1.0 - share),
            None => now,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::recording::Chapter;
    use super::*;

    fn recording() -> (Recording, Column) {
        let chapter = |name: &str, seconds| Chapter { name: name.to_owned(), seconds };
        let chapters = vec![chapter("low", 20), chapter("high", 15)];
        let mut column = Column::of(1.0);
        (0..20).for_each(|_| column.push(10.0));
        (0..15).for_each(|_| column.push(100.0));
        (Recording { chapters, ..Recording::default() }, column)
    }

    #[test]
    fn chapters_follow_each_other_without_a_jump_for_ever() {
        let (recording, column) = recording();
        let chapters = ["low", "none", "high"].map(str::to_owned);
        let schedule = Schedule::new(&recording, &chapters, 3).unwrap();
        let value = |second: u64| schedule.at(second * 1000).of(&column);
        let played: Vec<f64> = (0..50).map(value).collect();
        assert!(
            played.windows(2).all(|two| (two[0] - two[1]).abs() <= 90.0 / OVERLAP as f64 + 0.01),
            "{played:?}"
        );
        assert!(played.contains(&10.0) && played.contains(&100.0));
        assert_eq!(played[..25], played[25..], "15 s of the one and 10 s of the other, again and again");
        assert_ne!(schedule.at(0).part, schedule.at(25_000).part);
        assert_eq!(schedule.at(12_000).since, 0, "three seconds ahead");
    }

    #[test]
    fn a_machine_that_plays_nothing_is_none() {
        assert!(Schedule::new(&recording().0, &["none".to_owned()], 0).is_none());
    }
}
