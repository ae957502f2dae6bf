//! Where Memcached is missing, the tests of this step are left out, and this one says so.

#[test]
#[cfg_attr(
    not(memcached),
    ignore = "needs Memcached: sudo apt-get install memcached"
)]
fn there_is_a_memcached_for_the_tests_of_this_step() {
    let engine = engines::Memcached::start();
    // Versions before 1.6 do not understand `mn`.
    assert!(engine.ask("version").starts_with("VERSION 1.6"));
}
