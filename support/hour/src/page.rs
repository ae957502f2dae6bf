//! What a page says.

/// How the name of each visitor begins, before the number.
pub(crate) const VISITOR: &str = "visitor";

/// Whom a page takes its reader for.
pub(crate) fn member(page: &str) -> Option<&str> {
    between(page, "You are <a href=\"/member\">", "</a>")
}

/// All names of visitors on a page, wherever they stand.
pub(crate) fn visitors(page: &str) -> impl Iterator<Item = &str> {
    let names = page.match_indices(VISITOR).map(|(at, _)| {
        let is_digit = |letter: &u8| letter.is_ascii_digit();
        let digits =
            page.bytes().skip(at + VISITOR.len()).take_while(|it| is_digit(it)).count();
        &page[at..at + VISITOR.len() + digits]
    });
    names.filter(|name| *name != VISITOR)
}

/// What the forms of a page carry.
pub(crate) fn token(page: &str) -> Option<&str> {
    between(page, "name=\"token\" value=\"", "\"")
}

/// How many packets of Assam the basket has.
pub(crate) fn packets(page: &str) -> usize {
    let before = page.split_once(" × Assam").map_or("", |(before, _)| before);
    let number = before.rsplit(|letter: char| !letter.is_ascii_digit()).next();
    number.and_then(|it| it.parse().ok()).unwrap_or(0)
}

fn between<'a>(page: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = page.split_once(start)?;
    rest.split_once(end).map(|(found, _)| found)
}
