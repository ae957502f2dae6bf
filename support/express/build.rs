//! Finds out whether express-session and which engines are installed.

mod engines {
    include!("../engines/installed.rs");

    pub(crate) fn find() {
        main();
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
