//! Finds out whether express-session and which engines are installed.

mod engines {
    include!("../engines/installed.rs");

    pub(crate) fn find() {
        tell_engines();
    }
}

mod express {
    include!("installed.rs");

    pub(crate) fn find() {
        main();
    }
}

fn main() {
    engines::find();
    express::find();
}
