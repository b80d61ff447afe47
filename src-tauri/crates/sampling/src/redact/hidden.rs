//! What of a text is hidden, as ranges of its bytes.
//!
//! The rules overlap, and a script is looked at without its quotes; ranges bring what they find together, and only
//! here is a mask drawn.

use std::ops::Range;

/// What stands in for a secret.
pub(super) const MASK: &str = "•••";

/// Ranges of one text that must not be seen, in any order.
#[derive(Debug, Default)]
pub(super) struct Hidden {
    ranges: Vec<Range<usize>>,
}

impl Hidden {
    pub(super) fn add(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            self.ranges.push(range);
        }
    }

    pub(super) fn ranges(&self) -> &[Range<usize>] {
        &self.ranges
    }

    /// Appends `text` with one mask for each stretch that is hidden.
    pub(super) fn show(mut self, text: &str, shown: &mut String) {
        self.ranges.sort_unstable_by_key(|range| range.start);
        let mut from = 0;
        let mut masked_to = None;
        for range in self.ranges {
            if range.end <= from {
                continue;
            }
            if masked_to.is_none_or(|end| end < range.start) {
                // A rule that cut a character in two would show nothing from there on.
                shown.push_str(text.get(from..range.start.max(from)).unwrap_or_default());
                shown.push_str(MASK);
            }
            from = range.end;
            masked_to = Some(from);
        }
        shown.push_str(text.get(from..).unwrap_or_default());
    }
}
