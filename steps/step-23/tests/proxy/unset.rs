//! What nginx does when nothing is set, beside what the chapter's file makes it do.

use crate::{
    behind::{Echo, values},
    client::Reply,
    front::{CONF, Front, UNSET},
};

const MALLORY: &str = "127.0.0.66";

/// What a client says, and the header to look for behind the proxy.
const SAID: [(&str, &[&str]); 11] = [
    ("Host", &["tea.example:8443"]),
    ("X-Forwarded-For", &["192.0.2.1"]),
    ("X-Forwarded-For", &["192.0.2.1", "192.0.2.2"]),
    ("Forwarded", &["for=192.0.2.1;proto=http"]),
    ("X-Forwarded-Proto", &["http"]),
    ("X-Forwarded-Host", &["coffee.example"]),
    ("X-Forwarded-Port", &["80"]),
    ("X-Real-IP", &["192.0.2.1"]),
    ("X_Forwarded_For", &["192.0.2.1"]),
    ("Cookie", &["a=1", "b=2"]),
    ("Connection", &["keep-alive, X-Secret"]),
];

const TWO_HOSTS: &str =
    "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n";
const TWO_LENGTHS: &str = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\
                           Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n";
const HALF_A_HEAD: &str = "GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ";
const HALF_A_BODY: &str =
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\ntea";

#[test]
fn what_nginx_makes_of_a_request_when_nothing_is_set() {
    let mut table = row("What", ["A client sends", "Nothing set", "`nginx.conf`"]);
    table += "| --- | --- | --- | --- |\n";
    let stages = [UNSET, CONF].map(Stage::new);
    let of_both = |ask: &dyn Fn(&Stage) -> String| stages.each_ref().map(ask);
    let mut tell = |name: &str, said: &str, [unset, set]: [String; 2]| {
        table += &row(name, [said, &unset, &set]);
    };
    tell("connections", "five requests", of_both(&Stage::opened_by_five));
    tell("connections", "half a head", of_both(&|it| it.opened_by(HALF_A_HEAD)));
    tell("connections", "half a body", of_both(&|it| it.opened_by(HALF_A_BODY)));
    tell("spoken to the client", "HTTP/2, if it may", of_both(&Stage::spoken));
    tell("spoken to the server", "", of_both(&Stage::heard));
    for (name, said) in SAID {
        let all = cell(said.iter().copied());
        tell(&format!("`{name}`"), &all, of_both(&|it| it.handed_on(name, said)));
    }
    tell("the answer", "two lines Host", of_both(&|it| it.answered(TWO_HOSTS)));
    tell(
        "the answer",
        "a length and chunks",
        of_both(&|it| it.answered(TWO_LENGTHS)),
    );
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!("what_nginx_hands_on", table);
    });
}

/// An nginx before two servers.
struct Stage {
    echoes: [Echo; 2],
    front: Front,
}

impl Stage {
    fn new(configuration: &str) -> Self {
        let echoes = [Echo::start(), Echo::start()];
        let ports = echoes.each_ref().map(Echo::port);
        // However slow this machine is, what is idle is kept.
        let configuration =
            configuration.replace("keepalive_timeout 5s", "keepalive_timeout 1d");
        let front = Front::start_plain(&configuration, ports);
        Self { echoes, front }
    }

    /// What a server gets when a client says this.
    fn handed_on(&self, name: &str, said: &[&str]) -> String {
        let headers: Vec<String> =
            said.iter().map(|it| format!("{name}: {it}")).collect();
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let reply = self.ask(&headers);
        let handed_on = cell(values(&reply.body, name));
        self.echoes
            .iter()
            .zip(["8080", "8081"])
            .fold(handed_on, |text, (echo, port)| {
                text.replace(&echo.port().to_string(), port)
            })
    }

    /// The answer to what no server gets.
    fn answered(&self, sent: &str) -> String {
        let requests = self.requests();
        let mut wire = self.front.wire();
        wire.send(sent);
        let answer = wire.rest();
        assert_eq!(self.requests(), requests, "it is not handed on: {answer}");
        answer.lines().next().unwrap_or_default().replace("HTTP/1.1 ", "")
    }

    /// How many connections nginx opens for this, which is no whole request.
    fn opened_by(&self, half: &str) -> String {
        let connections = self.connections();
        let mut wire = self.front.wire();
        wire.send(half);
        self.front.nginx.wait_until_read();
        (self.connections() - connections).to_string()
    }

    fn opened_by_five(&self) -> String {
        let connections = self.connections();
        (0..5).for_each(|_| drop(self.ask(&[])));
        (self.connections() - connections).to_string()
    }

    /// In which version of HTTP nginx and the client speak.
    fn spoken(&self) -> String {
        self.ask(&[]).version
    }

    /// In which version of HTTP nginx speaks to the server.
    fn heard(&self) -> String {
        let reply = self.ask(&[]);
        let line = reply.body.lines().next().unwrap_or_default();
        line.rsplit(' ').next().unwrap_or_default().to_owned()
    }

    fn ask(&self, headers: &[&str]) -> Reply {
        let reply = self.front.client(MALLORY).ask("/", headers, &[]);
        assert_eq!(reply.status, 200, "{reply:?}");
        reply
    }

    fn connections(&self) -> usize {
        self.echoes.iter().map(Echo::connections).sum()
    }

    fn requests(&self) -> usize {
        self.echoes.iter().map(Echo::requests).sum()
    }
}

fn cell<'a>(values: impl Iterator<Item = &'a str>) -> String {
    let values: Vec<_> = values.map(|value| format!("`{value}`")).collect();
    values.join(" and ")
}

fn row(name: &str, cells: [&str; 3]) -> String {
    let [said, unset, set] =
        cells.map(|cell| if cell.is_empty() { "none" } else { cell });
    format!("| {name} | {said} | {unset} | {set} |\n")
}
