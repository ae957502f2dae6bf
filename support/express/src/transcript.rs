//! The transcript of a conversation with Express.

use conversation::Conversation;

/// What a signed cookie begins with on the wire, once its identifier has its label.
const SIGNED: &str = "s%3A<sid-";

/// The conversation's transcript, with `<sig-1>` in the place of the signature of `<sid-1>`.
pub fn transcript(story: &Conversation) -> String {
    let transcript = story.transcript();
    let mut pieces = transcript.split(SIGNED);
    let start = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(start, |told, piece| told + SIGNED + &label_signature(piece))
}

/// Takes `1>.signature; Path=/`, and gives `1>.<sig-1>; Path=/`.
fn label_signature(piece: &str) -> String {
    let Some((number, signed)) = piece.split_once(">.") else { return piece.to_owned() };
    let is_encoded = |c: char| c.is_ascii_alphanumeric() || c == '%';
    let rest = signed.trim_start_matches(is_encoded);
    format!("{number}>.<sig-{number}>{rest}")
}
