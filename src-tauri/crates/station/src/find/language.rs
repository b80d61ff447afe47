//! The vocabulary of `find`: its fields with their operators and units, how a quantity is read, and when two words are
//! near enough that one was meant for the other. It goes with the filter of the process table, whose words it shares.

/// What can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Name,
    Cpu,
    Memory,
    Disk,
    Host,
    User,
    Pid,
}

impl Field {
    /// Every field with its word, the word it is proposed by first, and other words for it.
    const WORDS: [(Field, &[&str]); 7] = [
        (Field::Name, &["name", "process"]),
        (Field::Cpu, &["cpu"]),
        (Field::Memory, &["mem", "memory", "ram"]),
        (Field::Disk, &["disk"]),
        (Field::Host, &["host", "machine"]),
        (Field::User, &["user", "owner"]),
        (Field::Pid, &["pid"]),
    ];

    /// The field a word names, in any case.
    pub(super) fn named(word: &str) -> Option<Field> {
        let known = Field::WORDS.iter();
        known
            .flat_map(|(field, words)| words.iter().map(move |it| (*field, *it)))
            .find_map(|(field, known)| known.eq_ignore_ascii_case(word).then_some(field))
    }

    /// The word for it.
    pub(super) fn word(self) -> &'static str {
        Field::WORDS.iter().find(|(field, _)| *field == self).map_or("", |(_, words)| words[0])
    }

    /// The words of all fields.
    pub(super) fn all() -> String {
        Field::WORDS.map(|(field, _)| field.word()).join(", ")
    }

    /// Whether its value is text, so that it is not more or less than another.
    pub(super) fn is_text(self) -> bool {
        matches!(self, Field::Name | Field::Host | Field::User)
    }

    /// The word of a field that a mistyped one was meant for, if any is near enough.
    pub(super) fn meant(typed: &str) -> Option<&'static str> {
        let typed: Vec<char> = typed.to_lowercase().chars().take(24).collect();
        let limit = if typed.len() <= 3 { 1 } else { 2 };
        let words = Field::WORDS.iter().flat_map(|(_, words)| words.iter().copied());
        let near = words.map(|word| (edits(&typed, &word.chars().collect::<Vec<_>>()), word));
        near.filter(|(edits, _)| *edits <= limit).min_by_key(|(edits, _)| *edits).map(|(_, word)| word)
    }
}

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    More,
    AtLeast,
    Less,
    AtMost,
    Equal,
    /// Known from the filter of the process table, and not taken here.
    Foreign,
}

/// As they are written, longest first.
pub(super) const OPERATORS: [(&str, Operator); 9] = [
    ("==", Operator::Equal),
    ("!=", Operator::Foreign),
    (">=", Operator::AtLeast),
    ("<=", Operator::AtMost),
    (":", Operator::Equal),
    ("=", Operator::Equal),
    (">", Operator::More),
    ("<", Operator::Less),
    ("~", Operator::Foreign),
];

impl Operator {
    /// Whether it goes with `field`.
    pub(super) fn suits(self, field: Field) -> bool {
        self == Operator::Equal || !field.is_text() && self != Operator::Foreign
    }
}

/// Text that is looked for in other text, in any case.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wanted(String);

impl Wanted {
    pub(super) fn new(text: &str) -> Self {
        Self(text.to_lowercase())
    }

    /// Whether it is part of `text`. What is plain ASCII is looked for in place, which is most of what there is.
    pub(super) fn is_in(&self, text: &str) -> bool {
        let wanted = self.0.as_bytes();
        match wanted.first() {
            None => true,
            Some(first) if self.0.is_ascii() => text
                .as_bytes()
                .windows(wanted.len())
                .any(|part| part[0].eq_ignore_ascii_case(first) && part.eq_ignore_ascii_case(wanted)),
            Some(_) => text.to_lowercase().contains(&self.0),
        }
    }
}

/// A number that a measured one is compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Comparison {
    pub(super) operator: Operator,
    quantity: Quantity,
}

/// A number as it was written, with the half width of its last digit: what "equal" means for a measured value.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Quantity {
    value: f64,
    /// Two values this close are equal to the digits given; 0 where they are whole.
    tolerance: f64,
    /// The value is a share of the machine's memory, 0..=1.
    share: bool,
}

impl Comparison {
    /// Reads what is written after the operator.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(super) fn read(field: Field, operator: Operator, written: &str) -> Result<Self, String> {
        let shown = short(written);
        let wrong = || match field {
            Field::Pid => format!("\"{shown}\" is not a whole number."),
            Field::Memory => format!("\"{shown}\" is not an amount of memory. Write 2GB, 500MiB or 10%."),
            _ => format!("\"{shown}\" is not a percentage. Write 5 or 12.5%."),
        };
        let (number, decimals, unit) = digits(written).ok_or_else(wrong)?;
        let scaled = |factor: f64, share| Quantity {
            value: number * factor,
            tolerance: factor * 10f64.powi(-decimals) / 2.0,
            share,
        };
        let quantity = match (field, unit.as_str()) {
            (Field::Pid, "") if decimals == 0 => Quantity { value: number, tolerance: 0.0, share: false },
            (Field::Memory, "" | "%") => scaled(0.01, true),
            (Field::Memory, unit) => scaled(bytes(unit).ok_or_else(wrong)?, false),
            (Field::Cpu | Field::Disk, "" | "%") => scaled(0.01, false),
            _ => return Err(wrong()),
        };
        Ok(Self { operator, quantity })
    }

    /// Whether it compares shares of the machine's memory, rather than bytes.
    pub(super) fn is_share(&self) -> bool {
        self.quantity.share
    }

    /// Whether it holds of `measured`; of what is unknown, nothing holds. `whole` is what a share is a share of.
    pub(super) fn holds(&self, measured: Option<f64>, whole: f64) -> bool {
        let Some(measured) = measured else { return false };
        let scale = if self.quantity.share { whole } else { 1.0 };
        let value = self.quantity.value * scale;
        match self.operator {
            Operator::More => measured > value,
            Operator::AtLeast => measured >= value,
            Operator::Less => measured < value,
            Operator::AtMost => measured <= value,
            Operator::Equal if self.quantity.tolerance == 0.0 => measured == value,
            Operator::Equal => (measured - value).abs() < self.quantity.tolerance * scale,
            Operator::Foreign => false,
        }
    }
}

/// A number, how many decimals were written, and what follows it in lower case. `None` where it is no number.
fn digits(written: &str) -> Option<(f64, i32, String)> {
    /// More digits than any amount has.
    const LONGEST: usize = 25;
    let end =
        written.find(|it: char| !it.is_ascii_digit() && it != '.' && it != ',').unwrap_or(written.len());
    let (number, unit) = written.split_at(end);
    if number.len() > LONGEST || !number.ends_with(|it: char| it.is_ascii_digit()) {
        return None;
    }
    let number = number.replace(',', ".");
    let decimals = number.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    Some((number.parse().ok()?, decimals as i32, unit.trim_start().to_ascii_lowercase()))
}

/// How many bytes a unit is; a letter alone is a power of 1024, as in the filter of the process table.
fn bytes(unit: &str) -> Option<f64> {
    let (letter, base) = match unit {
        "b" => return Some(1.0),
        _ => match unit.split_at_checked(1)? {
            (letter, "" | "ib") => (letter, 1024.0f64),
            (letter, "b") => (letter, 1000.0),
            _ => return None,
        },
    };
    let power = "kmgt".find(letter)?;
    Some(base.powi(power as i32 + 1))
}

/// Whether `unit` is one of `field` even with a space before it. A letter alone is not: it could be a word.
pub(super) fn stands_alone(field: Field, unit: &str) -> bool {
    match field {
        Field::Cpu | Field::Disk => unit == "%",
        Field::Memory => unit == "%" || unit.len() > 1 && bytes(&unit.to_ascii_lowercase()).is_some(),
        Field::Name | Field::Host | Field::User | Field::Pid => false,
    }
}

/// As much of what was typed as is said back.
pub(super) fn short(typed: &str) -> String {
    typed.chars().take(40).collect()
}

/// Edits that turn one word into another, a swap of neighbours counting once.
fn edits(a: &[char], b: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let same = usize::from(a[i - 1] != b[j - 1]);
            let mut least = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + same);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before_last[j - 2] + 1);
            }
            row.push(least);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}
