//! Two servers on one store: what five requests write at once is all kept.

mod adds;

use adds::{ROUNDS, lost};
use step_19::sqlite::Sqlite;

#[tokio::test(flavor = "multi_thread")]
async fn over_two_programs_on_one_file_nothing_is_lost() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let open = || Sqlite::open(folder.path().join("shop.db")).expect("it opens");
    let servers = [adds::server(open()), adds::server(open())];
    assert_eq!(lost(&servers, ROUNDS).await, Vec::<String>::new());
}
