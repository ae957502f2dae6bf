//! Secrets that a test has come across, in each form in which something may write them down.

use std::{collections::HashMap, fmt::Write};

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD},
};

/// What tells one form from what is no secret, in bytes. What is shorter than this is not looked for.
const START: usize = 8;

/// What must stand in no log: found by how it begins, however many there are.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    forms: HashMap<[u8; START], Vec<Form>>,
}

#[derive(Clone, Debug)]
struct Form {
    what: String,
    text: String,
}

impl Secrets {
    /// Keeps a secret in mind, and what it is for a person: as it is, percent-encoded, in base64, in
    /// hexadecimal and as a list of numbers.
    pub fn learn(&mut self, what: &str, secret: &str) {
        if self.knows(secret) {
            return;
        }
        for text in forms(secret) {
            let Some(&start) = text.as_bytes().first_chunk::<START>() else { continue };
            let form = Form { what: what.to_owned(), text };
            self.forms.entry(start).or_default().push(form);
        }
    }

    fn knows(&self, secret: &str) -> bool {
        let start = secret.as_bytes().first_chunk::<START>();
        let forms = start.and_then(|start| self.forms.get(start));
        forms.is_some_and(|forms| forms.iter().any(|form| form.text == secret))
    }

    /// What of it stands in this text.
    pub fn find(&self, text: &str) -> Option<&str> {
        let bytes = text.as_bytes();
        bytes.windows(START).enumerate().find_map(|(at, start)| {
            let forms = self.forms.get(start)?.iter();
            let mut found = forms.filter(|form| bytes[at..].starts_with(form.text.as_bytes()));
            found.next().map(|form| form.what.as_str())
        })
    }
}

fn forms(secret: &str) -> Vec<String> {
    let bytes = secret.as_bytes();
    let percent = |small: bool, space: &str| percent_encoded(bytes, small, space);
    let list = format!("{bytes:?}");
    vec![
        secret.to_owned(),
        percent(false, "%20"),
        percent(true, "%20"),
        percent(false, "+"),
        BASE64_STANDARD.encode(bytes),
        BASE64_STANDARD_NO_PAD.encode(bytes),
        BASE64_URL_SAFE_NO_PAD.encode(bytes),
        hexadecimal(bytes),
        hexadecimal(bytes).to_uppercase(),
        list.trim_matches(['[', ']']).to_owned(),
        // As `Bytes` and byte strings write themselves.
        secret.escape_debug().to_string(),
    ]
}

fn percent_encoded(bytes: &[u8], small: bool, space: &str) -> String {
    let mut text = String::new();
    for &byte in bytes {
        match byte {
            b' ' => text.push_str(space),
            b'-' | b'_' | b'.' | b'~' => text.push(byte.into()),
            _ if byte.is_ascii_alphanumeric() => text.push(byte.into()),
            _ if small => write!(text, "%{byte:02x}").expect("a String takes everything"),
            _ => write!(text, "%{byte:02X}").expect("a String takes everything"),
        }
    }
    text
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
