//! Finds out which engines are installed.

include!("../engines/installed.rs");

fn main() {
    tell_engines();
}
