//! Quantities in a text: a number, in digits or in words, and what it counts.

/// A number with its unit, as in `five minutes`, `8 KB` or `three at most`.
#[derive(Clone, Debug)]
pub struct Quantity<'a> {
    /// As written.
    pub written: &'a str,
    /// Where it begins.
    pub at: usize,
    /// How much it is.
    pub amount: Amount,
}

/// What can be compared: half an hour and 30 minutes are the same amount.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Amount {
    /// In seconds.
    Time(f64),
    /// In bytes.
    Size(f64),
    /// Of packets, sessions, and all that has no unit.
    Count(f64),
}

const MINUTE: f64 = 60.0;
const HOUR: f64 = 60.0 * MINUTE;
const DAY: f64 = 24.0 * HOUR;
const KILOBYTE: f64 = 1024.0;

/// What a number may be followed by, in the singular.
const UNITS: &[(&str, Amount)] = &[
    ("millisecond", Amount::Time(0.001)),
    ("ms", Amount::Time(0.001)),
    ("second", Amount::Time(1.0)),
    ("minute", Amount::Time(MINUTE)),
    ("hour", Amount::Time(HOUR)),
    ("day", Amount::Time(DAY)),
    ("week", Amount::Time(7.0 * DAY)),
    ("month", Amount::Time(30.0 * DAY)),
    ("year", Amount::Time(365.0 * DAY)),
    ("bit", Amount::Size(0.125)),
    ("byte", Amount::Size(1.0)),
    ("kb", Amount::Size(KILOBYTE)),
    ("kilobyte", Amount::Size(KILOBYTE)),
    ("mb", Amount::Size(KILOBYTE * KILOBYTE)),
    ("megabyte", Amount::Size(KILOBYTE * KILOBYTE)),
    ("kib", Amount::Size(KILOBYTE)),
    ("mib", Amount::Size(KILOBYTE * KILOBYTE)),
    ("gb", Amount::Size(KILOBYTE * KILOBYTE * KILOBYTE)),
    ("gib", Amount::Size(KILOBYTE * KILOBYTE * KILOBYTE)),
    ("at most", Amount::Count(1.0)),
    ("character", Amount::Count(1.0)),
    ("device", Amount::Count(1.0)),
    ("guess", Amount::Count(1.0)),
    ("hash", Amount::Count(1.0)),
    ("message", Amount::Count(1.0)),
    ("name", Amount::Count(1.0)),
    ("packet", Amount::Count(1.0)),
    ("password", Amount::Count(1.0)),
    ("session", Amount::Count(1.0)),
    ("sign-in", Amount::Count(1.0)),
    ("try", Amount::Count(1.0)),
];

/// One or two of something are told, and limit nothing.
const LEAST_COUNT: f64 = 3.0;

const WORDS: &[(&str, f64)] = &[
    ("half", 0.5),
    ("one", 1.0),
    ("two", 2.0),
    ("three", 3.0),
    ("four", 4.0),
    ("five", 5.0),
    ("six", 6.0),
    ("seven", 7.0),
    ("eight", 8.0),
    ("nine", 9.0),
    ("ten", 10.0),
    ("eleven", 11.0),
    ("twelve", 12.0),
    ("thirteen", 13.0),
    ("fourteen", 14.0),
    ("fifteen", 15.0),
    ("twenty", 20.0),
    ("thirty", 30.0),
    ("forty", 40.0),
    ("fifty", 50.0),
    ("sixty", 60.0),
    ("ninety", 90.0),
    ("hundred", 100.0),
    ("thousand", 1000.0),
    ("million", 1_000_000.0),
];

/// What comes after all that there may be: the fourth sign-in, where three are allowed.
const ORDINALS: &[&str] =
    &["fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh"];

/// All quantities of a text, in order.
///
/// In `8 to 128 bytes` there are two.
pub fn find(text: &str) -> Vec<Quantity<'_>> {
    let words = words(text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let length = read(text, &words[at..], &mut found);
        at += length.max(1);
    }
    found
}

#[derive(Clone, Copy)]
struct Word<'a> {
    text: &'a str,
    at: usize,
    /// Punctuation stands between it and the word before.
    begins: bool,
}

impl Word<'_> {
    fn is(&self, wanted: &str) -> bool {
        self.text.eq_ignore_ascii_case(wanted)
    }
}

/// The words of a text: letters and digits, `1,000` and `2.5` among them. A hyphen divides.
fn words(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut end = 0;
    while let Some(start) = text[end..].find(|c: char| c.is_alphanumeric()).map(|n| n + end) {
        let between = &text[end..start];
        let begins = between.contains(|c: char| !(c.is_whitespace() || "-*".contains(c)))
            || between.matches('\n').count() > 1;
        end = start + length_of_word(&text[start..]);
        words.push(Word { text: &text[start..end], at: start, begins });
    }
    words
}

fn length_of_word(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_in_number = |at: usize| {
        let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        matches!(bytes[at], b',' | b'.') && digit(at - 1) && digit(at + 1)
    };
    let ends = |(at, c): &(usize, char)| !(c.is_alphanumeric() || *at > 0 && is_in_number(*at));
    text.char_indices().find(ends).map_or(text.len(), |(at, _)| at)
}

/// Reads the quantity that begins with the first word, and gives the number of its words.
fn read<'a>(text: &'a str, words: &[Word<'a>], found: &mut Vec<Quantity<'a>>) -> usize {
    let Some((number, mut length)) = number(words) else { return 0 };
    let mut numbers = vec![number];
    while let Some((more, words)) = another(&words[length..]) {
        numbers.push(more);
        length += words;
    }
    let Some((unit, unit_length)) =
        unit(&words[length..], length == 1 && is_article(&words[0]))
    else {
        return 0;
    };
    length += unit_length;
    let last = words[length - 1];
    let (at, end) = (words[0].at, last.at + last.text.len());
    let quantities = numbers.iter().filter_map(|number| {
        Some(Quantity { written: &text[at..end], at, amount: times(*number, unit)? })
    });
    found.extend(quantities);
    length
}

fn is_article(word: &Word<'_>) -> bool {
    word.is("a") || word.is("an")
}

/// A number at the start, and how many words it has: `ten thousand`, `half an`, `a`.
fn number(words: &[Word<'_>]) -> Option<(f64, usize)> {
    let first = words.first()?;
    let next = words.get(1).filter(|word| !word.begins);
    let next_value = next.and_then(value);
    if is_article(first) {
        return Some(next_value.map_or((1.0, 1), |value| (value, 2)));
    }
    if let Some(before) = ORDINALS.iter().position(|ordinal| first.is(ordinal)) {
        return Some((LEAST_COUNT + before as f64, 1));
    }
    let value = value(first)?;
    match next {
        Some(_) if next_value.is_some_and(|next| next >= 100.0) && value < 100.0 => {
            Some((value * next_value?, 2))
        }
        Some(next) if value == 0.5 && is_article(next) => Some((value, 2)),
        Some(next) if next.is("and") && words.get(3).is_some_and(|word| word.is("half")) => {
            Some((value + 0.5, 4))
        }
        _ => Some((value, 1)),
    }
}

fn value(word: &Word<'_>) -> Option<f64> {
    let written = WORDS.iter().find(|(name, _)| word.is(name));
    let digits = || word.text.replace(',', "").parse().ok().filter(|n: &f64| n.is_finite());
    written
        .map(|(_, value)| *value)
        .or_else(|| word.text.starts_with(|c: char| c.is_ascii_digit()).then(digits).flatten())
}

/// `to 128`, `or four`: the second number of one unit.
fn another(words: &[Word<'_>]) -> Option<(f64, usize)> {
    let joins = |word: &Word<'_>| ["to", "or", "and"].iter().any(|joint| word.is(joint));
    words.first().filter(|word| joins(word) && !word.begins)?;
    let more = words.get(1).filter(|word| !is_article(word) && !word.begins)?;
    Some((value(more)?, 2))
}

/// The unit at the start, and how many words it has.
///
/// `a packet` is any; of the units of time alone `a minute` says how much.
///
/// A word may stand before what is counted: `five wrong passwords`.
fn unit(words: &[Word<'_>], after_article: bool) -> Option<(Amount, usize)> {
    unit_at_once(words, after_article).or_else(|| {
        words.first().filter(|word| !word.begins)?;
        let (amount, length) = unit_at_once(&words[1..], after_article)?;
        matches!(amount, Amount::Count(_)).then_some((amount, length + 1))
    })
}

fn unit_at_once(words: &[Word<'_>], after_article: bool) -> Option<(Amount, usize)> {
    UNITS.iter().find_map(|(name, amount)| {
        let parts: Vec<&str> = name.split([' ', '-']).collect();
        let alike = parts.len() <= words.len()
            && parts.iter().zip(words).all(|(part, word)| is_one_or_more(word, part));
        let counts = match amount {
            Amount::Time(seconds) => !after_article || *seconds > 1.0,
            _ => !after_article,
        };
        (alike && counts).then_some((*amount, parts.len()))
    })
}

/// Whether a word is this noun, in the singular or the plural.
fn is_one_or_more(word: &Word<'_>, noun: &str) -> bool {
    let lower = word.text.to_lowercase();
    let one = lower.strip_suffix("ies").map(|stem| format!("{stem}y"));
    let endings = ["", "s", "es"].iter().any(|end| lower.strip_suffix(end) == Some(noun));
    !word.begins && (endings || one.as_deref() == Some(noun))
}

fn times(number: f64, unit: Amount) -> Option<Amount> {
    match unit {
        Amount::Time(seconds) => Some(Amount::Time(number * seconds)),
        Amount::Size(bytes) => Some(Amount::Size(number * bytes)),
        Amount::Count(_) => (number >= LEAST_COUNT).then_some(Amount::Count(number)),
    }
}
