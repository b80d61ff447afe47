//! Words that look drawn by lot: keys that no name and no place gives away.
//!
//! Measured is *surprise*: of the neighbouring characters in a word, the share that writing rarely has. A pair
//! surprises where it goes from letters to digits or back, from lower to upper case (`gH`), or where the second letter
//! rarely follows the first in the names that programs give (`qx`). Letters that begin in upper case, repetitions
//! and rows of digits do not surprise. Of random letters and digits 70 % of the pairs do; of the file names of a
//! Debian and the identifiers in its sources 10 %, and in nine of ten fewer than 25 %. From [`SURPRISING_PERCENT`] on,
//! a word of [`SHORTEST`] characters is hidden: of random ones with both cases and digits all but 0.4 %, of those
//! file names 0.06 %. Random small letters alone are told from words in two of three.
//!
//! Not looked at: paths, numbers, hashes and ids in hex (so also UUIDs), short abbreviations. They are random, and are
//! what a reader of a command line looks for.

use super::hidden::Hidden;
use super::paths;

/// Shorter words are left to what stands around them: too many ordinary ones would be hidden.
const SHORTEST: usize = 16;
const SURPRISING_PERCENT: usize = 38;
/// Letters of one case only may be words of any language, or abbreviations in a row.
const SURPRISING_PERCENT_OF_LETTERS: usize = 42;
/// Hex of this length and more is an id.
const SHORTEST_ID: usize = 6;
/// Letters of one case up to this length may be an abbreviation (`GLIBCXX`).
const LONGEST_ABBREVIATION: usize = 8;

/// Shorter letters in a row may as well be chance.
const SHORTEST_WORD: usize = 4;

/// What is in front of a digest, in base64 as a rule: of a package's integrity, of a host's key.
const BEFORE_DIGESTS: [&str; 5] = ["sha1-", "sha256-", "sha384-", "sha512-", "SHA256:"];

/// For each letter those that often follow it: 326 pairs, which make 94 % of those in file names and sources.
const FOLLOWERS: [&str; 26] = [
    "abcdfgiklmnprstuvwxy",
    "aceijlmorsuy",
    "abcdehiklmoprstuy",
    "abcdefilmnoprstuw",
    "abcdefgilmnopqrstuvwxy",
    "acdefilorstu",
    "adeghilnorstu",
    "aeiorstu",
    "abcdefglmnoprstvxz",
    "aeosu",
    "aeinsu",
    "acdefilopstuy",
    "abdeilmopsu",
    "acdefgiklmnopstuv",
    "abcdfgiklmnoprstuvwx",
    "acdehiloprstuwy",
    "u",
    "abcdefgiklmnoprstuvy",
    "abceghiklmnoprstuwyz",
    "abcdefhiklmnoprstuwy",
    "abcdefgilmnprst",
    "aeio",
    "aeinors",
    "ceipt",
    "mnpst",
    "aeo",
];
const FOLLOWS: [u32; 26] = follows();

/// What stands between two chunks of one word: keys in base64 for URLs hold `-` and `_`.
const JOINTS: [char; 3] = ['_', '-', '+'];

/// Hides the words in `text` that look random.
pub(super) fn find(text: &str, hidden: &mut Hidden) {
    if text.len() < SHORTEST {
        return;
    }
    let mut from = 0;
    while let Some(start) = text[from..].find(is_of_piece).map(|at| from + at) {
        let end = text[start..].find(|c| !is_of_piece(c)).map_or(text.len(), |at| start + at);
        if end - start + 2 >= SHORTEST {
            piece(text, start, end, hidden);
        }
        from = end;
    }
}

/// A path, a word of base64, or names with dots between them.
fn piece(text: &str, start: usize, end: usize, hidden: &mut Hidden) {
    let whole = &text[start..end];
    if BEFORE_DIGESTS.iter().any(|mark| whole.starts_with(mark) || text[..start].ends_with(mark)) {
        return;
    }
    let end_of_words = match whole.find('/') {
        // The path of an option: `-I/usr/include`. Two slashes begin an address.
        Some(at) if paths::is_path(&whole[at..]) => start + at,
        Some(at) if whole[at..].starts_with("///") => start + at,
        _ if paths::is_path(whole) || whole.starts_with('\\') => start,
        _ => end,
    };
    let (mut first, mut last) = (None, 0);
    let mut from = start;
    for word in text[start..end_of_words].split(|c| !is_of_word(c)) {
        if word.len() >= SHORTEST && is_random(word) {
            first.get_or_insert(from + (word.len() - word.trim_start_matches('-').len()));
            last = from + word.len();
        }
        from += word.len() + 1;
    }
    if first.is_none() && end_of_words == end && !whole.contains(['.', '\\']) && !whole.contains("//") {
        // Base64 may hold a `/` anywhere, and so have no long word.
        let joints = ['/', '+', '_', '-'];
        let padding = text[end..].len() - text[end..].trim_start_matches('=').len();
        if whole.len() + padding >= SHORTEST && is_random_between(whole, &joints, true) {
            hidden.add(start..end + padding);
        }
        return;
    }
    let Some(first) = first else { return };
    // The rest of base64 goes with it: `/`, and `=` at its end.
    let is_base64 = whole.contains('+') || text[end..].starts_with('=');
    if is_base64 && !whole.contains("//") {
        let padding = text[end..].len() - text[end..].trim_start_matches('=').len();
        hidden.add(start..end + padding);
    } else {
        hidden.add(first..last);
    }
}

/// Whether a word without dots and slashes looks random.
pub(super) fn is_random(word: &str) -> bool {
    is_random_between(word, &JOINTS, false)
}

/// Whether a word does, whose chunks stand between `joints`. `is_strict`: no word of a language is among them.
fn is_random_between(word: &str, joints: &[char], is_strict: bool) -> bool {
    // Words and abbreviations between the chunks say nothing about these; short chunks do beside a long one.
    let mut mixed = Chunk { is_mixed: true, ..Chunk::default() };
    let mut longest = 0;
    let mut short = 0;
    for text in word.split(joints) {
        let chunk = Chunk::of(text);
        if chunk.length < SHORTEST_WORD {
            short += chunk.length + 1;
        } else if is_id(text) {
            continue;
        } else if chunk.length >= SHORTEST && chunk.is_surprising() {
            return true;
        } else if chunk.is_mixed {
            longest = longest.max(chunk.length);
            mixed.length += chunk.length + 1;
            mixed.pairs += chunk.pairs;
            mixed.surprises += chunk.surprises;
        } else if is_strict && !chunk.is_surprising() {
            return false;
        }
    }
    let length = mixed.length + if longest >= LONGEST_ABBREVIATION { short } else { 0 };
    length > SHORTEST && mixed.is_surprising()
}

/// Letters and digits without anything between them.
#[derive(Debug, Default)]
struct Chunk {
    length: usize,
    pairs: usize,
    surprises: usize,
    /// Upper and lower case, or letters and digits, in other order than `Word`, `WORD`, `word2`.
    is_mixed: bool,
}

impl Chunk {
    fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let surprises = bytes.iter().zip(bytes.iter().skip(1)).filter(|(a, b)| is_surprise(**a, **b)).count();
        let stem = text.trim_end_matches(|c: char| c.is_ascii_digit());
        let rest = stem.as_bytes().get(1..).unwrap_or_default();
        let is_word = rest.iter().all(u8::is_ascii_lowercase)
            || rest.len() <= LONGEST_ABBREVIATION && stem.bytes().all(|b| b.is_ascii_uppercase());
        Self { length: bytes.len(), pairs: bytes.len().saturating_sub(1), surprises, is_mixed: !is_word }
    }

    fn is_surprising(&self) -> bool {
        let percent = if self.is_mixed { SURPRISING_PERCENT } else { SURPRISING_PERCENT_OF_LETTERS };
        self.surprises * 100 >= self.pairs * percent
    }
}

fn is_surprise(a: u8, b: u8) -> bool {
    if !(a.is_ascii_alphabetic() && b.is_ascii_alphabetic()) {
        return a.is_ascii_alphabetic() != b.is_ascii_alphabetic();
    }
    let hump = a.is_ascii_lowercase() && b.is_ascii_uppercase();
    let (a, b) = (a.to_ascii_lowercase(), b.to_ascii_lowercase());
    hump || a != b && FOLLOWS[usize::from(a - b'a')] & (1 << (b - b'a')) == 0
}

/// Numbers, and hex in one case.
fn is_id(text: &str) -> bool {
    let text = text.strip_prefix("0x").unwrap_or(text);
    text.bytes().all(|b| b.is_ascii_digit())
        || text.len() >= SHORTEST_ID
            && text.bytes().any(|b| b.is_ascii_digit())
            && (text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
                || text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F')))
}

fn is_of_piece(c: char) -> bool {
    is_of_word(c) || matches!(c, '/' | '.' | '~' | '\\')
}

fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || JOINTS.contains(&c)
}

const fn follows() -> [u32; 26] {
    let mut all = [0; 26];
    let mut row = 0;
    while row < all.len() {
        let letters = FOLLOWERS[row].as_bytes();
        let mut at = 0;
        while at < letters.len() {
            all[row] |= 1 << (letters[at] - b'a');
            at += 1;
        }
        row += 1;
    }
    all
}
