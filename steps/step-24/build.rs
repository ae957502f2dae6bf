//! The book's own: finds out which engines are installed.

include!("../../support/engines/installed.rs");

fn main() {
    tell_engines();
}
