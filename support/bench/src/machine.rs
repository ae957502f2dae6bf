//! What Linux tells of its cores and processes.

use std::{
    fs,
    process::{self, Command, Stdio},
    sync::LazyLock,
    time::Duration,
};

/// The core of the server that is measured.
pub const SERVER: usize = 0;

/// The core of those who visit it.
pub const VISITORS: usize = 1;

/// What Linux counts in, wherever it tells how long something ran.
const TICK: Duration = Duration::from_millis(10);

/// Whether the server can have one core, and those who visit it another.
pub static HAS_OWN_CORES: LazyLock<bool> = LazyLock::new(|| {
    let cores = format!("{SERVER},{VISITORS}");
    let tried = Command::new("taskset").args(["--cpu-list", &cores, "true"]).status();
    tried.is_ok_and(|status| status.success())
});

/// Keeps this process to one core.
///
/// # Errors
/// Says what is missing for that.
pub fn keep_to(core: usize) -> Result<(), String> {
    let own = process::id().to_string();
    let kept = Command::new("taskset")
        .args(["--cpu-list", "--pid", &core.to_string(), &own])
        .stdout(Stdio::null())
        .status();
    match kept {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => {
            Err("it takes two cores, one for the server and one for its visitors".to_owned())
        }
        Err(why) => Err(format!("taskset, which is part of Linux's util-linux: {why}")),
    }
}

/// A command that is kept to the core of the server, if it can have one.
pub fn on_core_of_server(program: &str) -> Command {
    if !*HAS_OWN_CORES {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", &SERVER.to_string(), program]);
    command
}

/// How long this process has run so far, on any core, with all its threads. Not at all, if it has
/// ended.
pub fn time_of(process: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name of the program stands in parentheses, and may have any of them.
    let Some((_, after)) = stat.rsplit_once(')') else { return Duration::ZERO };
    let fields: Vec<&str> = after.split_whitespace().collect();
    ticks(&fields[11..13])
}

/// How long this core has done anything so far.
///
/// # Panics
/// If there is no such core.
pub fn time_of_core(core: usize) -> Duration {
    time_in_stat(&format!("cpu{core} "))
}

/// How long all cores together have done anything so far.
pub fn time_of_cores() -> Duration {
    time_in_stat("cpu ")
}

fn time_in_stat(name: &str) -> Duration {
    let stat = read("/proc/stat");
    let line = stat.lines().find(|line| line.starts_with(name)).expect("there is such a core");
    let fields: Vec<&str> = line.split_whitespace().collect();
    // All but idling and waiting for a disk.
    ticks(&fields[1..4]) + ticks(&fields[6..9])
}

/// How many wanted to run at a time, in the last minute.
pub fn load() -> String {
    read("/proc/loadavg").split_whitespace().next().unwrap_or_default().to_owned()
}

fn read(file: &str) -> String {
    fs::read_to_string(file).unwrap_or_else(|why| panic!("{file}: {why}"))
}

fn ticks(fields: &[&str]) -> Duration {
    let ticks = fields.iter().map(|field| field.parse::<u32>().expect("a number of ticks"));
    TICK * ticks.sum::<u32>()
}
