//! Where PostgreSQL is missing, the tests of this step are left out, and this one says so.

#[test]
#[cfg_attr(
    not(postgres),
    ignore = "needs PostgreSQL: sudo apt-get install postgresql"
)]
fn there_is_a_postgresql_for_the_tests_of_this_step() {
    let engine = engines::Postgres::start();
    let version = engine.sql(&engine.url(), "SHOW server_version_num");
    let version: u32 = version.trim().parse().expect("a number");
    assert!(version >= 130_000, "{version}");
}
