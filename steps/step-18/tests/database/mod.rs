//! The PostgreSQL of this program's tests.

use std::{sync::LazyLock, thread};

use step_18::postgres::Postgres;
use tokio::runtime::Builder;

/// It ends with the program.
pub(crate) static ENGINE: LazyLock<engines::Postgres> =
    LazyLock::new(engines::Postgres::start);

/// The store at this URL, for a test that may have no runtime yet.
pub(crate) fn open(url: &str) -> Postgres {
    let opened = thread::scope(|threads| {
        let opening = threads.spawn(|| {
            let runtime = Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(Postgres::open(url))
        });
        opening.join().expect("it does not panic")
    });
    opened.expect("the database is there")
}
