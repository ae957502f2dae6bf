//! Each server whose cost is told does what it is measured for.

use std::process::Command;

#[test]
#[cfg_attr(
    not(all(express, postgres, redis)),
    ignore = "needs PostgreSQL, Redis, Node.js, then npm ci --prefix support/express"
)]
fn each_server_that_is_compared_does_its_work() {
    let tried = Command::new(env!("CARGO_BIN_EXE_bench")).arg("try").output();
    let tried = tried.expect("it starts");
    assert!(tried.status.success(), "{}", String::from_utf8_lossy(&tried.stderr));
    let table = String::from_utf8_lossy(&tried.stdout);
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("each_does_its_work", table));
}
