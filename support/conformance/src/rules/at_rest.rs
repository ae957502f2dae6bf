//! What whoever gets hold of a copy can read.

use base64::{Engine, engine::general_purpose};
use tower_sessions::session::Id;

use crate::records::{Shared, created, record};
use crate::verdict::{Played, Verdict, expect};

pub(super) async fn no_identifier(subject: Shared) -> Played {
    let first = created(&subject, 1).await?;
    let mut second = record(2);
    // Without such an act, an identifier is only ever new.
    if subject.rotate(&first.id, &mut second).await.is_none() {
        subject.store().create(&mut second).await?;
    }
    let lies = subject.at_rest().await.ok_or(Verdict::HasNone)?;
    for id in [first.id, second.id] {
        for (spelling, called) in spellings(id) {
            let is_there = lies.windows(spelling.len()).any(|part| part == spelling);
            expect(!is_there, &format!("as {called}"))?;
        }
    }
    Ok(())
}

fn spellings(id: Id) -> Vec<(Vec<u8>, &'static str)> {
    let (big, little) = (id.0.to_be_bytes(), id.0.to_le_bytes());
    let hex = |bytes: [u8; 16]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let text = |bytes: [u8; 16]| general_purpose::STANDARD_NO_PAD.encode(bytes);
    let spelled: [(String, _); 7] = [
        (id.to_string(), "the cookie has it"),
        (id.0.to_string(), "a decimal number"),
        ((id.0 as u128).to_string(), "a decimal number"),
        (hex(big), "a hexadecimal number"),
        (hex(little), "a hexadecimal number"),
        (text(big), "base64"),
        (text(little), "base64"),
    ];
    let spelled = spelled.into_iter().map(|(text, called)| (text.into_bytes(), called));
    let upper = (hex(big) as String).to_uppercase().into_bytes();
    spelled
        .chain([
            (upper, "a hexadecimal number"),
            (big.to_vec(), "bytes"),
            (little.to_vec(), "bytes"),
        ])
        .collect()
}
