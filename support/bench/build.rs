//! Finds out whether express-session is installed, and which engines are.

mod engines {
    include!("../engines/installed.rs");

    pub(crate) fn find() {
        tell_engines();
    }
}

mod express {
    include!("../express/installed.rs");

    pub(crate) fn find() {
        main();
    }
}

fn main() {
    engines::find();
    express::find();
}
