//! Serves step 24 on <http://localhost:8080>, from the file `shop.db`, unless the
//! environment says otherwise: the argument `settings` prints what it may say, and why.
//! `new-key` adds a key to a file.

mod start;
mod stop;

use std::{
    env,
    ffi::OsString,
    io::{self, Write},
    process::ExitCode,
};

use step_24::{handed, key_file, settings::Settings, watch::log};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("step-24 {why}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    let words: Option<Vec<&str>> = arguments.iter().map(|it| it.to_str()).collect();
    match words.as_deref() {
        Some([]) => serve().map_err(|why| format!("cannot start: {why}")),
        Some(["new-key"]) => new_key("session.key".into()),
        _ if arguments.len() == 2 && arguments[0] == "new-key" => {
            new_key(arguments[1].clone())
        }
        Some(["settings"]) => {
            // Who reads along may have seen enough.
            let _ = writeln!(io::stdout(), "{}", Settings::shown());
            let settings = Settings::of_environment();
            settings.map(drop).map_err(|why| format!("would not start: {why}"))
        }
        _ => {
            Err("cannot start: it takes new-key, settings, or no argument.".into())
        }
    }
}

fn new_key(file: OsString) -> Result<(), String> {
    let made = key_file::add_new_key(file.as_ref());
    made.map_err(|why| format!("makes no key: {why}"))
}

fn serve() -> Result<(), String> {
    // Before there is a second thread: it takes its words out of the environment.
    let handed = handed::listener();
    let settings = Settings::of_environment()?;
    log::begin(settings.log.level, settings.log.is_json);
    start::serve(settings, handed?)
}
