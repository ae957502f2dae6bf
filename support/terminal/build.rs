//! Finds out whether what the pages type can be run, so that a test without it is ignored and says
//! so.

include!("../engines/installed.rs");

fn main() {
    tell_engines();
    println!("cargo::rustc-check-cfg=cfg(curl)");
    println!("cargo::rerun-if-env-changed=PATH");
    println!("cargo::rerun-if-changed=build.rs");
    // The programs are told to end by signals.
    let unix = std::env::var_os("CARGO_CFG_UNIX").is_some();
    let curl = Command::new("curl").arg("--version").output();
    if unix && curl.is_ok_and(|out| out.status.success()) {
        println!("cargo::rustc-cfg=curl");
    }
    println!("cargo::rustc-check-cfg=cfg(sqlite3)");
    let sqlite3 = Command::new("sqlite3").arg("--version").output();
    if sqlite3.is_ok_and(|out| out.status.success()) {
        println!("cargo::rustc-cfg=sqlite3");
    }
}
