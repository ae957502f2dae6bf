//! Rooms: the folders in which a step's modules stand. `use` runs one way between them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::book::Book;
use crate::circles::named_by_module;
use crate::fault::Fault;

/// Where the list of the newest step's rooms is kept, which its chapter includes.
pub const LIST: &str = "support/book/rooms.md";

/// Each room with those that it uses.
type Rooms = BTreeMap<String, BTreeSet<String>>;

/// Checks that no step's rooms use each other, directly or by a detour, and that the list is the
/// newest step's.
pub fn check(book: &Book) -> Vec<Fault> {
    let steps = book.steps.iter();
    let mut faults: Vec<Fault> =
        steps.filter_map(|step| circle(book, &format!("{}/src", step.path))).collect();
    if faults.is_empty() && book.text(LIST).unwrap_or_default() != write(book) {
        let message = "not the rooms of today; run `cargo run -p book --bin rooms`";
        faults.push(Fault::new(LIST, 1, message));
    }
    faults
}

fn circle(book: &Book, folder: &str) -> Option<Fault> {
    let rooms = rooms(book, folder);
    let left = match in_order(&rooms) {
        Ok(_) => return None,
        Err(left) => left,
    };
    let left = left.join("`, `");
    let message = format!("the rooms `{left}` use each other; put what both need into another");
    Some(Fault::new(format!("{folder}/lib.rs"), 1, message))
}

/// The newest step's rooms as a table, each above those that it uses.
pub fn write(book: &Book) -> String {
    let Some(newest) = book.steps.last() else { return String::new() };
    let folder = format!("{}/src", newest.path);
    let rooms = rooms(book, &folder);
    if rooms.is_empty() {
        return String::new();
    }
    let mut list =
        "| Room | What it is for | Uses | Files | Lines |\n|---|---|---|---:|---:|\n"
            .to_owned();
    for room in in_order(&rooms).unwrap_or_default() {
        let uses: Vec<&str> = rooms[room].iter().map(String::as_str).collect();
        let (files, lines) = size(book, &format!("{folder}/{room}/"));
        let says = purpose(book, &format!("{folder}/{room}/mod.rs"));
        // Writing to a String does not fail.
        let _ =
            writeln!(list, "| `{room}/` | {says} | {} | {files} | {lines} |", uses.join(", "));
    }
    list
}

/// The folders of a step, each with the other ones that its modules name.
fn rooms(book: &Book, folder: &str) -> Rooms {
    let modules = named_by_module(book, folder);
    let is_room = |room: &str| book.text(&format!("{folder}/{room}/mod.rs")).is_some();
    let mut rooms = Rooms::new();
    for (module, named) in &modules {
        let own = room_of(module);
        if is_room(own) {
            let others = named.iter().map(|other| room_of(other));
            let others = others.filter(|other| *other != own && is_room(other));
            rooms.entry(own.to_owned()).or_default().extend(others.map(str::to_owned));
        }
    }
    rooms
}

fn room_of(module: &str) -> &str {
    module.split("::").next().unwrap_or_default()
}

/// The rooms, each before those that it uses; or those that cannot be brought into such an order.
fn in_order(rooms: &Rooms) -> Result<Vec<&str>, Vec<&str>> {
    let mut left: Vec<&str> = rooms.keys().map(String::as_str).collect();
    let mut order = Vec::new();
    while !left.is_empty() {
        let is_used = |room: &&str| left.iter().any(|other| rooms[*other].contains(*room));
        let (later, next): (Vec<&str>, Vec<&str>) = left.iter().partition(|room| is_used(room));
        if next.is_empty() {
            return Err(left);
        }
        order.extend(next);
        left = later;
    }
    Ok(order)
}

/// How many files are below this folder, and how many lines they have.
fn size(book: &Book, folder: &str) -> (usize, usize) {
    let files = book.texts_below(folder.trim_end_matches('/'));
    files.fold((0, 0), |(files, lines), (_, text)| (files + 1, lines + text.lines().count()))
}

/// What the head of a file says it is for: its first sentence.
fn purpose(book: &Book, path: &str) -> String {
    let head = book.text(path).unwrap_or_default().lines();
    let head: Vec<&str> = head.map_while(|line| line.strip_prefix("//! ")).collect();
    let text = head.join(" ");
    let end = text.find(['.', ':']).unwrap_or(text.len());
    text[..end].to_owned()
}
