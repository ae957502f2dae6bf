//! Finds out which engines are installed.

include!("installed.rs");

fn main() {
    tell_engines();
}
