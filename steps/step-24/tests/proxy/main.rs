//! A real nginx in front, with the file that the chapter prints.

#[cfg(nginx)]
mod behind;
#[cfg(nginx)]
mod client;
#[cfg(nginx)]
mod failing;
#[cfg(nginx)]
mod front;
#[cfg(nginx)]
#[path = "../held/mod.rs"]
mod held;
#[cfg(nginx)]
mod rolling;
#[cfg(nginx)]
mod tls;

/// Where nginx is missing, the others are left out, and this one says so.
#[test]
#[cfg_attr(
    not(nginx),
    ignore = "needs nginx: sudo apt-get install nginx openssl curl"
)]
fn there_is_an_nginx_for_the_tests_of_this_step() {
    let authority = engines::Authority::new();
    let configuration = include_str!("../../nginx.conf");
    let nginx =
        engines::Nginx::start(configuration, &authority.certify(&["localhost"]));
    assert!(nginx.processes().len() >= 2, "one that leads, and one that works");
}
