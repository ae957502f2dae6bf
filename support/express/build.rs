//! Finds out whether express-session, a browser and which engines are installed.

mod chromium {
    include!("../browser/installed.rs");

    pub(crate) fn find() {
        tell_chromium();
    }
}

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
    chromium::find();
    engines::find();
    express::find();
}
