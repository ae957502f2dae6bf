//! A program that serves, in a folder that goes with it.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    os::unix::{fs::MetadataExt, fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        Mutex, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

/// When an engine that neither starts nor ends is given up.
const PATIENCE: Duration = Duration::from_secs(600);

/// A user without rights: PostgreSQL does not run as root.
const NOBODY: u32 = 65_534;

const STARTED: &str = "keeper: started ";
const ENDED: &str = "keeper: ended";

/// Starts "$@" whenever it is told to, and passes on what that says. When nobody holds this
/// script's input any more, were it by a SIGKILL, the engine and its folder go.
const KEEPER: &str = r#"
folder=$1
last=$2
shift 2
while read -r _; do
    {
        sh -c 'echo $$ >../engine.pid; echo "keeper: started $$"; exec "$@"' sh "$@" 2>&1
        rm -f ../engine.pid
        echo "keeper: ended"
    } </dev/null &
done
if read -r engine 2>/dev/null <../engine.pid; then
    kill -CONT "$engine"
    kill -s "$last" "$engine"
    wait
fi
rm -rf "$folder"
"#;

/// A program that serves, for as long as this value lives.
pub(crate) struct Engine {
    folder: PathBuf,
    keeper: Child,
    orders: Option<ChildStdin>,
    said: Mutex<Receiver<String>>,
    process: u32,
}

impl Engine {
    /// Makes a folder, and lets a user in it who is not root.
    pub(crate) fn new_folder() -> PathBuf {
        let folder = tempfile::Builder::new().prefix("engine-").tempdir();
        let folder = folder.expect("a temporary folder").keep();
        std::fs::create_dir(folder.join("work")).expect("a folder in it");
        for folder in [&folder, &folder.join("work")] {
            give_away(folder);
        }
        folder
    }

    /// Starts a program in such a folder, and waits until it has said what it says when it is
    /// ready. What it said instead, if it has ended. The last signal, such as `KILL`, is what
    /// ends it when it is no longer wanted. (It starts with SIGINT and SIGQUIT ignored, as all do
    /// that a shell starts beside itself.)
    pub(crate) fn start(
        folder: PathBuf,
        last: &str,
        program: &[&str],
        ready: &str,
    ) -> Result<Self, String> {
        let mut keeper = as_nobody(Command::new("sh"), &folder);
        keeper.args(["-c", KEEPER, "keeper"]).arg(&folder).arg(last).args(program);
        keeper.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut keeper = keeper.spawn().expect("a shell starts");
        let orders = keeper.stdin.take();
        let lines = BufReader::new(keeper.stdout.take().expect("it is a pipe"));
        let (tell, said) = mpsc::channel();
        thread::spawn(move || {
            lines.split(b'\n').map_while(Result::ok).for_each(|line| {
                // Whoever does not listen any more need not be told.
                let _ = tell.send(String::from_utf8_lossy(&line).into_owned());
            });
        });
        let mut engine = Self { folder, keeper, orders, said: Mutex::new(said), process: 0 };
        engine.start_again(ready)?;
        Ok(engine)
    }

    /// Starts it once more, after it has ended.
    pub(crate) fn start_again(&mut self, ready: &str) -> Result<(), String> {
        let orders = self.orders.as_mut().expect("its keeper listens");
        writeln!(orders, "start").expect("its keeper listens");
        let mut said = String::new();
        loop {
            let line = self.next_line();
            if let Some(process) = line.strip_prefix(STARTED) {
                self.process = process.parse().expect("a process has a number");
            }
            if line.contains(ready) {
                return Ok(());
            }
            if line == ENDED {
                return Err(said);
            }
            said = format!("{said}{line}\n");
        }
    }

    /// The process that was started, and those that it has started.
    pub(crate) fn processes(&self) -> Vec<u32> {
        [vec![self.process], children_of(self.process)].concat()
    }

    /// Sends a signal, such as `KILL`, to the process that was started.
    pub(crate) fn signal(&self, signal: &str) {
        send(signal, &[self.process]);
    }

    /// Stops the process that was started in mid-air, and waits until each of its threads stands.
    pub(crate) fn freeze(&self) {
        self.signal("STOP");
        let tasks = format!("/proc/{}/task", self.process);
        let stands = |task: std::io::Result<fs::DirEntry>| {
            let stat = fs::read_to_string(task.expect("a thread").path().join("stat"));
            // Behind the name, which stands in parentheses.
            stat.is_ok_and(|stat| {
                stat.rsplit_once(") ").is_some_and(|it| it.1.starts_with('T'))
            })
        };
        while !fs::read_dir(&tasks).expect("Linux tells of its threads").all(stands) {
            thread::yield_now();
        }
    }

    /// Sends a signal to that process and to all that it has started: first itself, so that it
    /// starts no other meanwhile.
    pub(crate) fn signal_all(&self, signal: &str) {
        send(signal, &[self.process]);
        send(signal, &children_of(self.process));
    }

    /// Waits for its end.
    pub(crate) fn wait(&self) {
        while self.next_line() != ENDED {}
    }

    fn next_line(&self) -> String {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        match said.recv_timeout(PATIENCE) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => panic!("the engine goes on and on"),
            Err(RecvTimeoutError::Disconnected) => panic!("the engine's keeper has ended"),
        }
    }

    /// Where its files are.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.orders = None;
        // Its keeper ends once the engine has, and the folder is gone.
        let _ = self.keeper.wait();
    }
}

/// Writes a file that whoever runs the engine may write as well.
pub(crate) fn give(path: &Path, text: &str) {
    std::fs::write(path, text).expect("a file in the folder");
    give_away(path);
}

fn give_away(path: &Path) {
    if is_root() {
        chown(path, Some(NOBODY), Some(NOBODY)).expect("root gives files away");
    }
}

/// A port that nobody listens on, as long as nobody else takes it.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it has an address").port()
}

/// Runs a program to its end as whoever runs the engine. What it said.
pub(crate) fn run(folder: &Path, program: &Path, arguments: &[&str]) -> Result<String, String> {
    let mut command = as_nobody(Command::new(program), folder);
    let output = command.args(arguments).stdin(Stdio::null()).output();
    let output = output.map_err(|why| why.to_string())?;
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(said(&output.stdout)) } else { Err(said(&output.stderr)) }
}

fn as_nobody(mut command: Command, folder: &Path) -> Command {
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command.current_dir(folder.join("work")).env("HOME", folder).env("LC_ALL", "C.UTF-8");
    command
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|of| of.uid() == 0)
}

/// Those may have ended already: what is left gets the signal.
fn send(signal: &str, processes: &[u32]) {
    let numbers = processes.iter().map(u32::to_string);
    let mut command = Command::new("sh");
    command.args(["-c", r#"for it; do kill -s "$0" "$it"; done"#, signal]);
    command.args(numbers).stderr(Stdio::null());
    command.status().expect("a shell starts");
}

/// Linux tells who has started whom.
fn children_of(parent: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let is_child = |process: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        // The name of the program stands in parentheses, and may have any of them.
        let after = stat.rsplit_once(')').map_or("", |(_, after)| after);
        after.split_whitespace().nth(1) == Some(parent.to_string().as_str())
    };
    numbers.filter(is_child).collect()
}
