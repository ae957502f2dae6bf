//! The book's own: finds out whether PostgreSQL is installed.

include!("../../support/engines/installed.rs");

fn main() {
    tell_engines();
}
