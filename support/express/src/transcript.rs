//! The transcript of a conversation with Express.

use conversation::Conversation;

/// What a signed cookie begins with on the wire, once its identifier has its label.
const SIGNED: &str = "s%3A<sid-";

/// What a token of jsonwebtoken begins with: `{"alg"`.
const TOKEN: &str = "eyJhbGci";

/// The conversation's transcript, with `<sig-1>` in the place of the signature of `<sid-1>`, and
/// `<token-1>` in that of the first token.
pub fn transcript(story: &Conversation) -> String {
    let transcript = story.transcript();
    let mut pieces = transcript.split(SIGNED);
    let start = pieces.next().unwrap_or_default().to_owned();
    label_tokens(pieces.fold(start, |told, piece| told + SIGNED + &label_signature(piece)))
}

fn label_tokens(mut told: String) -> String {
    let is_of_a_token = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    for number in 1.. {
        let Some(start) = told.find(TOKEN) else { break };
        let token = &told[start..];
        let end = token.find(|c| !is_of_a_token(c)).unwrap_or(token.len());
        told = told.replace(&token[..end].to_owned(), &format!("<token-{number}>"));
    }
    told
}

/// Takes `1>.signature; Path=/`, and gives `1>.<sig-1>; Path=/`.
fn label_signature(piece: &str) -> String {
    let Some((number, signed)) = piece.split_once(">.") else { return piece.to_owned() };
    let is_encoded = |c: char| c.is_ascii_alphanumeric() || c == '%';
    let rest = signed.trim_start_matches(is_encoded);
    format!("{number}>.<sig-{number}>{rest}")
}
