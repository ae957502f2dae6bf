//! Cookies whose names only look like the session's.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderValue, Request, header},
};
use tower::ServiceExt;

/// A page is no longer than this, in bytes.
const PAGE: usize = 1 << 20;

/// A cookie's value, and what the page at `/` shows of its session.
pub type Known<'a> = (&'a str, &'a str);

/// The `Cookie` lines that confuse a server about whose session it is: it shows with them what
/// `theirs` holds, or does not show what `ours` holds. Only the cookie `name` is ours; those of
/// other names are what a neighbour can set.
pub async fn confusing_cookies(
    app: &Router,
    name: &str,
    ours: Known<'_>,
    theirs: Known<'_>,
) -> Vec<String> {
    let own = pair(name.as_bytes(), ours.0);
    let mut confusing = Vec::new();
    for alike in look_alikes(name) {
        for value in [theirs.0, "garbage"] {
            let alike = pair(&alike, value);
            let together = [
                vec![[&own, &b"; "[..], &alike].concat()],
                vec![[&alike, &b"; "[..], &own].concat()],
                vec![own.clone(), alike.clone()],
                vec![alike.clone(), own.clone()],
            ];
            for lines in together {
                let page = page(app, &lines).await;
                if !page.contains(ours.1) || page.contains(theirs.1) {
                    confusing.push(told(&lines));
                }
            }
            let alone = [alike];
            if page(app, &alone).await.contains(theirs.1) {
                confusing.push(told(&alone));
            }
        }
    }
    let twice = [[&own, &b"; "[..], &pair(name.as_bytes(), theirs.0)].concat()];
    let shown = page(app, &twice).await;
    if shown.contains(ours.1) || shown.contains(theirs.1) {
        confusing.push(told(&twice));
    }
    confusing
}

/// Encoded, padded with what Unicode calls white space, in capitals, cut short, no text at all.
fn look_alikes(name: &str) -> Vec<Vec<u8>> {
    let encoded = |byte: usize| {
        let (start, rest) = name.split_at(byte);
        format!("{start}%{:02X}{}", rest.as_bytes()[0], &rest[1..])
    };
    let mut names: Vec<String> = (0..name.len()).map(encoded).collect();
    names.push(name.replace('_', "%5f"));
    names.push(name.to_uppercase());
    names.push(format!("{name}%00"));
    let blanks = ["  ", "\t", "%20", "\u{85}", "\u{a0}", "\u{1680}", "\u{2000}", "\u{2028}"];
    for blank in blanks.into_iter().chain(["\u{202f}", "\u{205f}", "\u{3000}", "\u{feff}"]) {
        names.push(format!("{blank}{name}"));
        names.push(format!("{name}{blank}"));
    }
    let mut names: Vec<Vec<u8>> = names.into_iter().map(String::into_bytes).collect();
    // One byte that is no UTF-8, for which tower-cookies leaves out the whole line.
    names.push(b"tea\xff".to_vec());
    names
}

fn pair(name: &[u8], value: &str) -> Vec<u8> {
    [name, b"=", value.as_bytes()].concat()
}

async fn page(app: &Router, lines: &[Vec<u8>]) -> String {
    let mut request = Request::get("/").body(Body::empty()).expect("a well-formed request");
    for line in lines {
        let value = HeaderValue::from_bytes(line).expect("only bytes a header may have");
        request.headers_mut().append(header::COOKIE, value);
    }
    let Ok(response) = app.clone().oneshot(request).await;
    let body = to_bytes(response.into_body(), PAGE).await.expect("a page of this length");
    String::from_utf8_lossy(&body).into_owned()
}

fn told(lines: &[Vec<u8>]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| line.escape_ascii().to_string()).collect();
    lines.join(" / ")
}
