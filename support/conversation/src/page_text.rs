//! The text of an HTML page, as a person reads it.

/// The lines of text in the page's `main` element; of the whole body where there is none.
///
/// Written for the book's own pages: plain and well formed. What a script says is not read.
pub(crate) fn lines(html: &str) -> Vec<String> {
    let main = between(html, "<main>", "</main>").unwrap_or(html);
    let mut text = String::new();
    let mut rest = main;
    while let Some(tag) = rest.find('<') {
        text.push_str(&rest[..tag]);
        let close = if rest[tag..].starts_with("<script") { "</script>" } else { ">" };
        let end = rest[tag..].find(close).map_or(rest.len(), |at| tag + at + close.len());
        let name = rest[tag + 1..end].trim_matches(|c: char| "/>".contains(c));
        text.push_str(separator(name.split(' ').next().unwrap_or_default(), &rest[tag..end]));
        rest = &rest[end..];
    }
    text.push_str(rest);
    let lines = text.lines().map(|line| unescape(line.trim()));
    lines.filter(|line| !line.is_empty()).collect()
}

/// The text of the first paragraph: what the page has to say.
pub(crate) fn first_paragraph(html: &str) -> Option<String> {
    let start = ["<p>", "<p "].into_iter().filter_map(|start| html.find(start)).min()?;
    let paragraph = between(&html[start..], ">", "</p>")?;
    Some(lines(paragraph).join(" "))
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let from = text.find(start)? + start.len();
    let length = text[from..].find(end)?;
    Some(&text[from..from + length])
}

fn separator(name: &str, tag: &str) -> &'static str {
    match name {
        "button" if tag.starts_with("</") => "]",
        "button" => "\n[",
        "a" | "strong" | "em" | "code" | "time" | "output" | "span" => "",
        "dd" if !tag.starts_with("</") => ": ",
        "dt" | "dd" if tag.starts_with("</") => "",
        _ => "\n",
    }
}

fn unescape(text: &str) -> String {
    let plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    plain.replace("&amp;", "&")
}
