//! Where an engine is missing, its tests are left out, and these say so.

#[test]
#[cfg_attr(
    not(postgres),
    ignore = "needs PostgreSQL: sudo apt-get install postgresql"
)]
fn there_is_a_postgres_for_the_tests_of_this_step() {
    let engine = engines::Postgres::start();
    assert_eq!(engine.sql(&engine.url(), "SELECT 1"), "1\n");
}

#[test]
#[cfg_attr(not(redis), ignore = "needs Redis: sudo apt-get install redis-server")]
fn there_is_a_redis_for_the_tests_of_this_step() {
    let engine = engines::Redis::start();
    assert_eq!(engine.cli(&["PING"]), "PONG\n");
}
