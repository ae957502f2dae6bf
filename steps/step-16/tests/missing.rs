//! Where Redis is missing, the tests of this step are left out, and this one says so.

#[test]
#[cfg_attr(not(redis), ignore = "needs Redis: sudo apt-get install redis-server")]
fn there_is_a_redis_for_the_tests_of_this_step() {
    let engine = engines::Redis::start();
    let told = engine.cli(&["INFO", "server"]);
    let (_, version) = told.split_once("redis_version:").expect("a version");
    let major: String = version.chars().take_while(char::is_ascii_digit).collect();
    let major: u32 = major.parse().expect("a number");
    assert!(major >= 7, "{version}");
}
