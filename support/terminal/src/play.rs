//! Plays a page's blocks, one after another.

use std::path::Path;

use crate::{
    form::{self, Difference, Identifiers},
    page::{Block, Command, Line, Shown},
    stage::{Ran, Stage},
};

/// Plays blocks of the page at this path that all belong to one step, with its program, and returns
/// where something else came than what is printed.
///
/// # Panics
/// If there is no shell or no temporary folder.
pub fn play(path: &str, blocks: &[Block], program: &Path) -> Vec<String> {
    let mut play = Play {
        path,
        stage: Stage::new(program),
        servers: Vec::new(),
        identifiers: Identifiers::default(),
        faults: Vec::new(),
    };
    for block in blocks {
        match &block.shown {
            Shown::Commands(commands) => {
                commands.iter().for_each(|command| play.command(command))
            }
            Shown::Log(lines) => play.log(block, lines),
        }
    }
    play.end_servers();
    play.faults
}

struct Play<'a> {
    path: &'a str,
    stage: Stage,
    /// The commands that started the programs that run, and what is printed as the log of each.
    servers: Vec<(&'a Command, Vec<Line>)>,
    identifiers: Identifiers,
    faults: Vec<String>,
}

impl<'a> Play<'a> {
    fn command(&mut self, command: &'a Command) {
        if command.is_test() {
            return;
        }
        self.identifiers.typed(&command.text);
        if command.text.starts_with("nginx ") {
            return self.stage.start_nginx(&command.text);
        }
        if !command.runs_the_program() {
            let ran = self.stage.shell(&command.text);
            return self.judge(command, command.output.as_deref(), &ran);
        }
        if !command.beside {
            self.end_servers();
        }
        match self.stage.start(command) {
            Some(ran) => self.judge(command, command.output.as_deref(), &ran),
            None => self.servers.push((command, Vec::new())),
        }
    }

    fn log(&mut self, block: &Block, lines: &[Line]) {
        match self.servers.last_mut() {
            // A log is divided by empty lines that are not its own.
            Some((_, log)) => {
                log.extend(lines.iter().filter(|line| !line.text.is_empty()).cloned());
            }
            None => self.fault(block.line, "no program runs whose log this could be"),
        }
    }

    /// Ends the programs as Ctrl-C does. Only now is it known what they have said.
    fn end_servers(&mut self) {
        while let Some((command, log)) = self.servers.pop() {
            self.end_server(command, log);
        }
    }

    /// Ends the one that was started last.
    fn end_server(&mut self, command: &Command, log: Vec<Line>) {
        let mut ran = self.stage.end();
        let printed = match &command.output {
            Some(printed) => Some([printed.as_slice(), &log].concat()),
            None if log.is_empty() => None,
            None => {
                // Its address is not printed.
                ran.output.remove(0);
                Some(log)
            }
        };
        self.judge(command, printed.as_deref(), &ran);
    }

    fn judge(&mut self, command: &Command, printed: Option<&[Line]>, ran: &Ran) {
        if ran.succeeds == command.fails {
            let how = if ran.succeeds { "does not fail" } else { "fails" };
            let said = ran.output.join("\n    ");
            self.fault(command.line, &format!("`{}` {how}:\n    {said}", command.text));
        }
        let Some(printed) = printed else { return };
        if let Err(Difference { line, message, .. }) =
            form::compare(printed, &ran.output, &mut self.identifiers)
        {
            self.fault(line.unwrap_or(command.line), &message);
        }
    }

    fn fault(&mut self, line: usize, message: &str) {
        self.faults.push(format!("{}:{line}: {}", self.path, message.trim_end()));
    }
}
