//! Puts a step to the test from outside: as a process of its own, over a real socket, with a real
//! HTTP client, and with input that no well-meaning browser sends.

mod ending;
mod everything;
mod half;
mod hostile;
mod lines;
mod load;
mod log;
mod look_alikes;
mod program;
mod secrets;

pub use ending::{ends_when_told, ends_when_told_once, ends_when_told_twice};
pub use everything::{Heard, hear_everything, heard};
pub use half::half_a_body;
pub use hostile::{
    COOKIES, throw_cookies, throw_cookies_with_form, throw_garbage, throw_requests,
};
pub use lines::throw_lines;
pub use load::{Load, Told, head};
pub use log::{Log, forbid_in_logs, learn, learn_nothing};
pub use look_alikes::{Known, confusing_cookies};
pub use program::{
    Browser, Program, Reply, Start, refuses_a_socket, refuses_a_taken_port, refuses_to_start,
};
pub use secrets::Secrets;
