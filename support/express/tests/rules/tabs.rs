//! What express-session loses of one session's requests that come at once.

use std::thread::{self, JoinHandle};

use engines::Redis;
use express::agent;

use crate::readers::Reader;

/// The same session at each of some servers.
struct Tabs(Vec<Reader>);

impl Tabs {
    /// At so many processes, with this store and these options.
    fn open(processes: usize, kind: &str, place: &str, options: &str) -> Self {
        let start = |_| Reader::start(&["tabs.js", kind, place, options], ("NODE_ENV", "test"));
        let mut readers: Vec<Reader> = (0..processes).map(start).collect();
        assert_eq!(readers[0].get("/begin"), "begun");
        let cookie = readers[0].cookie.clone();
        readers.iter_mut().for_each(|reader| reader.cookie.clone_from(&cookie));
        Self(readers)
    }

    fn at(&self, number: usize) -> &Reader {
        &self.0[number % self.0.len()]
    }

    /// Asks for this at one of the servers, and comes back once it waits there.
    fn ask(&self, number: usize, path: &str, name: &str) -> JoinHandle<(u16, String)> {
        let (reader, path) = (self.at(number), path.to_owned());
        let (port, cookie) = (reader.port.clone(), reader.cookie.clone());
        let asked = thread::spawn(move || said(&port, &cookie, &path));
        assert_eq!(said(&reader.port, "", &format!("/held/{name}")), (200, "held".to_owned()));
        asked
    }

    fn let_go(&self, number: usize, name: &str) {
        said(&self.at(number).port, "", &format!("/let-go/{name}"));
    }

    /// What is in the list.
    fn list(&self) -> String {
        let Reader { port, cookie, .. } = &self.0[0];
        said(port, cookie, "/look").1
    }

    /// Five append at once. What is kept, whoever looks meanwhile is answered.
    fn five_appends(&self) -> String {
        let asked: Vec<_> = (0..5)
            .map(|number| self.ask(number, &format!("/append/{number}"), &number.to_string()))
            .collect();
        assert_eq!(self.list(), "[]");
        for (number, asked) in asked.into_iter().enumerate() {
            self.let_go(number, &number.to_string());
            assert_eq!(asked.join().expect("it is answered"), (200, "appended".to_owned()));
        }
        self.list()
    }

    /// One looks, one appends meanwhile, and the look is answered after that.
    fn an_append_beside_a_look(&self) -> String {
        let look = self.ask(1, "/look-slowly", "look");
        let append = self.ask(0, "/append/0", "0");
        self.let_go(0, "0");
        assert_eq!(append.join().expect("it is answered"), (200, "appended".to_owned()));
        self.let_go(1, "look");
        assert_eq!(look.join().expect("it is answered"), (200, "[]".to_owned()));
        self.list()
    }
}

fn said(port: &str, cookie: &str, path: &str) -> (u16, String) {
    let url = format!("http://127.0.0.1:{port}{path}");
    let mut answer = agent().get(url).header("cookie", cookie).call().expect("it answers");
    let text = answer.body_mut().read_to_string().expect("the body arrives whole");
    (answer.status().as_u16(), text)
}

#[test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
#[cfg_attr(not(redis), ignore = "needs Redis: sudo apt-get install redis-server")]
fn what_express_session_loses_of_two_tabs() {
    let redis = Redis::start();
    let mut table =
        "| store | processes | `resave` | five append | one appends while one looks |\n"
            .to_owned();
    table += "| --- | --- | --- | --- | --- |\n";
    for (kind, processes) in [("MemoryStore", 1), ("connect-redis", 2)] {
        for (resave, left, told) in
            [(false, r#"["0"]"#, "it is kept"), (true, "[]", "it is lost")]
        {
            let options = format!(r#"{{"resave": {resave}}}"#);
            let open = || Tabs::open(processes, kind, &redis.empty(), &options);
            // Who saves last.
            assert_eq!(open().five_appends(), r#"["4"]"#, "{kind} {options}");
            assert_eq!(open().an_append_beside_a_look(), left, "{kind} {options}");
            let row =
                format!("`{kind}` | {processes} | {resave} | 5 × 200, 1 is kept | {told}");
            table += &format!("| {row} |\n");
        }
    }
    crate::keep("what_two_tabs_lose", &table);
}
