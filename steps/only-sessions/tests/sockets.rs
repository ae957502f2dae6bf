//! The program over sockets, with a file of its own, as browsers and attackers meet it.

use rusqlite::Connection;
use tempfile::TempDir;
use trial::{
    Program, Start, refuses_a_taken_port, refuses_to_start, throw_garbage,
};
use ureq::{
    Agent,
    http::{Request, header},
};

const PASSWORD: &str = "a cup before noon";

/// The program, and its file.
struct Server {
    program: Option<Program>,
    folder: TempDir,
}

/// What came back.
struct Answer {
    status: u16,
    location: Option<String>,
    /// `Set-Cookie`, whole.
    set_cookie: Option<String>,
    page: String,
}

impl Server {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut server = Self { program: None, folder };
        server.restart();
        server
    }

    /// Kills the program, if it runs, and starts it again.
    fn restart(&mut self) {
        drop(self.program.take());
        let file = self.file();
        let environment = [("DB_FILE", file.as_str())];
        self.program = Some(Program::start(Start {
            program: PROGRAM,
            environment: &environment,
        }));
    }

    fn file(&self) -> String {
        self.folder.path().join("tea.db").to_string_lossy().into_owned()
    }

    /// Changes the file beside the program.
    fn change(&self, sql: &str) -> usize {
        let db = Connection::open(self.file()).expect("the file opens");
        db.execute(sql, []).expect("it is changed")
    }

    /// All that is in the folder, as whoever copies it would find it.
    fn bytes(&self) -> Vec<u8> {
        let files =
            std::fs::read_dir(self.folder.path()).expect("a folder can be listed");
        let files = files.map(|file| file.expect("it can be listed").path());
        files
            .flat_map(|file| std::fs::read(file).expect("a file can be read"))
            .collect()
    }

    fn get(&self, path: &str, cookie: Option<&str>) -> Answer {
        self.send("GET", path, cookie, &[], "")
    }

    fn post(&self, path: &str, cookie: Option<&str>, form: &str) -> Answer {
        self.send("POST", path, cookie, &[("sec-fetch-site", "same-origin")], form)
    }

    fn send(
        &self,
        method: &str,
        path: &str,
        cookie: Option<&str>,
        headers: &[(&str, &str)],
        form: &str,
    ) -> Answer {
        let program = self.program.as_ref().expect("it runs");
        let mut request = Request::builder().method(method).uri(program.url(path));
        for (name, value) in headers {
            let value = value.replace("{port}", &program.port().to_string());
            request = request.header(*name, value);
        }
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        if method == "POST" {
            let kind = "application/x-www-form-urlencoded";
            request = request.header(header::CONTENT_TYPE, kind);
        }
        let request = request.body(form.to_owned()).expect("a well-formed request");
        let mut answer = agent().run(request).expect("it answers");
        let header = |name| {
            let value = answer.headers().get(name)?;
            Some(value.to_str().expect("text").to_owned())
        };
        Answer {
            status: answer.status().as_u16(),
            location: header(header::LOCATION),
            set_cookie: header(header::SET_COOKIE),
            page: answer.body_mut().read_to_string().expect("text"),
        }
    }

    /// Registers, and returns the cookie.
    fn register(&self, name: &str) -> String {
        self.post("/register", None, &form(name)).cookie()
    }

    fn is_member(&self, cookie: &str) -> bool {
        self.get("/member", Some(cookie)).status == 200
    }
}

impl Answer {
    /// What a browser sends from now on.
    fn cookie(&self) -> String {
        assert_eq!((self.status, self.location.as_deref()), (303, Some("/member")));
        let cookie = self.set_cookie.as_deref().expect("there is a cookie");
        cookie.split(';').next().expect("it has a pair").to_owned()
    }
}

const PROGRAM: &str = env!("CARGO_BIN_EXE_only-sessions");

fn agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .build()
        .new_agent()
}

fn form(name: &str) -> String {
    format!("name={name}&password={}", PASSWORD.replace(' ', "+"))
}

#[test]
fn who_registers_is_a_member_until_she_signs_out_and_again_when_she_signs_in() {
    let server = Server::start();
    assert_eq!(
        server.get("/", None).set_cookie,
        None,
        "a stranger needs no session"
    );
    let ada = server.register("Ada");
    assert!(server.get("/member", Some(&ada)).page.contains("such as you, Ada."));
    let out = server.post("/sign-out", Some(&ada), "");
    assert_eq!((out.status, out.location.as_deref()), (303, Some("/")));
    let again = server.post("/sign-in", None, &form("Ada")).cookie();
    assert!(server.is_member(&again));
    assert_ne!(again, ada);
}

#[test]
fn the_cookie_is_as_narrow_as_it_can_be() {
    let server = Server::start();
    let cookie =
        server.post("/register", None, &form("Ada")).set_cookie.expect("a cookie");
    let (pair, attributes) = cookie.split_once("; ").expect("it has attributes");
    assert_eq!(attributes, "HttpOnly; SameSite=Lax; Secure; Path=/");
    let id =
        pair.strip_prefix("__Host-id=").expect("its name is bound to the host");
    assert_eq!(id.len(), 22, "128 bits");
}

#[test]
fn a_member_stays_signed_in_when_the_program_is_killed() {
    let mut server = Server::start();
    let ada = server.register("Ada");
    server.restart();
    assert!(server.is_member(&ada));
    server.post("/sign-out", Some(&ada), "");
    server.restart();
    assert!(!server.is_member(&ada), "and signed out, once she has signed out");
}

#[test]
fn a_copy_of_the_cookie_opens_nothing_after_sign_out() {
    let server = Server::start();
    let ada = server.register("Ada");
    let copy = ada.clone();
    server.post("/sign-out", Some(&ada), "");
    let answer = server.get("/member", Some(&copy));
    assert_eq!(answer.status, 403);
    assert!(!answer.page.contains("Ada"));
    assert_eq!(server.change("DELETE FROM sessions"), 0, "nothing of it is left");
}

#[test]
fn a_planted_identifier_is_worth_nothing_after_sign_in() {
    let server = Server::start();
    server.register("Ada");
    let of_mallorys_own = server.register("Mallory");
    let invented = "__Host-id=AAAAAAAAAAAAAAAAAAAAAA".to_owned();
    server
        .change("UPDATE sessions SET data = json_set(data, '$.basket', 'poison')");
    for planted in [of_mallorys_own, invented] {
        let ada = server.post("/sign-in", Some(&planted), &form("Ada")).cookie();
        assert_ne!(ada, planted);
        assert!(server.is_member(&ada));
        assert!(!server.is_member(&planted), "{planted} opens Ada's session");
    }
    let poisoned = server.change("DELETE FROM sessions WHERE data LIKE '%poison%'");
    assert_eq!(
        poisoned, 1,
        "Ada takes nothing over but what was hers from the beginning"
    );
}

#[test]
fn a_form_of_another_origin_does_nothing() {
    let server = Server::start();
    let ada = server.register("Ada");
    let foreign: [&[(&str, &str)]; 7] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site"), ("origin", "http://localhost:{port}")],
        &[("origin", "http://mallory.example")],
        &[("origin", "http://localhost:1")],
        &[("origin", "null")],
        &[("origin", "\u{e9}")],
    ];
    for headers in foreign {
        for (path, form) in
            [("/sign-out", String::new()), ("/sign-in", form("Mallory"))]
        {
            let answer = server.send("POST", path, Some(&ada), headers, &form);
            assert_eq!(answer.status, 403, "{path} {headers:?}");
            assert!(answer.page.contains("of another site"), "{path} {headers:?}");
        }
        assert!(server.is_member(&ada), "{headers:?}");
    }
    let own: [&[(&str, &str)]; 4] = [
        &[("sec-fetch-site", "same-origin"), ("origin", "http://localhost:{port}")],
        &[("sec-fetch-site", "none")],
        &[("origin", "http://localhost:{port}")],
        &[],
    ];
    for headers in own {
        let answer = server.send("POST", "/sign-in", None, headers, &form("Ada"));
        assert_eq!(answer.status, 303, "{headers:?}");
    }
    let link = server.send("GET", "/member", Some(&ada), foreign[0], "");
    assert_eq!(link.status, 200, "a link of another site may lead here");
}

#[test]
fn a_session_ends_half_an_hour_after_the_last_visit() {
    let server = Server::start();
    let ada = server.register("Ada");
    // The clock may come to the next minute meanwhile.
    server.change("UPDATE sessions SET seen = seen - 28");
    assert!(server.is_member(&ada));
    server.change("UPDATE sessions SET seen = seen - 28");
    assert!(server.is_member(&ada), "the visit has counted");
    server.change("UPDATE sessions SET seen = seen - 30");
    assert!(!server.is_member(&ada));
    assert!(!server.is_member(&ada), "a visit too late does not count");
}

#[test]
fn a_session_ends_after_twelve_hours_however_often_it_is_used() {
    let server = Server::start();
    let ada = server.register("Ada");
    server.change("UPDATE sessions SET began = began - 12 * 60 + 2");
    assert!(server.is_member(&ada));
    server.change("UPDATE sessions SET began = began - 2");
    assert!(!server.is_member(&ada));
}

#[test]
fn what_has_ended_is_swept_out_when_somebody_signs_in() {
    let server = Server::start();
    server.register("Ada");
    server.change("UPDATE sessions SET seen = seen - 30");
    server.register("Grace");
    assert_eq!(
        server.change("UPDATE sessions SET data = data"),
        1,
        "Grace's is left"
    );
}

#[test]
fn neither_password_nor_identifier_is_in_the_file() {
    let server = Server::start();
    let ada = server.register("Ada");
    let id = ada.split_once('=').expect("a pair").1;
    let bytes = server.bytes();
    let has =
        |text: &str| bytes.windows(text.len()).any(|it| it == text.as_bytes());
    assert!(has("Ada"), "it is the right file");
    assert!(!has(id));
    assert!(!has(PASSWORD));
}

#[test]
fn a_wrong_password_and_a_name_that_nobody_has_get_the_same_answer() {
    let server = Server::start();
    server.register("Ada");
    let wrong = server.post("/sign-in", None, "name=Ada&password=a+cup+after+noon");
    let nobodys = server.post("/sign-in", None, &form("Grace"));
    for answer in [&wrong, &nobodys] {
        assert_eq!((answer.status, answer.set_cookie.as_deref()), (403, None));
    }
    assert_eq!(wrong.page, nobodys.page);
}

#[test]
fn nobody_takes_a_name_that_somebody_has_or_what_is_none() {
    let server = Server::start();
    server.register("Ada");
    for (sent, status) in [
        (form("Ada"), 409),
        (form("aDA"), 409),
        (form(""), 422),
        (form("Ada%20L"), 422),
        (form("%3Cb%3E"), 422),
        (form(&"a".repeat(65)), 422),
        (format!("name=Eve&password={}", "a".repeat(7)), 422),
        (format!("name=Eve&password={}", "a".repeat(129)), 422),
        ("name=Eve".to_owned(), 422),
    ] {
        let answer = server.post("/register", None, &sent);
        assert_eq!((answer.status, answer.set_cookie), (status, None), "{sent}");
    }
    for sent in [
        form(&"a".repeat(64)),
        format!("name=Eve&password={}", "%C3%A9".repeat(8)),
        format!("name=Zoe&password={}", "a".repeat(128)),
    ] {
        assert_eq!(server.post("/register", None, &sent).status, 303, "{sent}");
    }
    assert_eq!(
        server.post("/sign-in", None, &form("ADA")).status,
        403,
        "as it was registered"
    );
}

#[test]
fn of_eight_who_register_one_name_at_once_one_gets_it() {
    let server = Server::start();
    let sent = form("Ada");
    let statuses: Vec<u16> = std::thread::scope(|threads| {
        let register = || server.post("/register", None, &sent).status;
        let all: Vec<_> = (0..8).map(|_| threads.spawn(register)).collect();
        all.into_iter().map(|one| one.join().expect("it answers")).collect()
    });
    assert_eq!(
        statuses.iter().filter(|status| **status == 303).count(),
        1,
        "{statuses:?}"
    );
    assert_eq!(
        statuses.iter().filter(|status| **status == 409).count(),
        7,
        "{statuses:?}"
    );
}

#[test]
fn every_answer_says_what_a_browser_may_do_with_it() {
    let server = Server::start();
    let url = |path| server.program.as_ref().expect("it runs").url(path);
    for path in ["/", "/member", "/nothing"] {
        let answer = agent().get(url(path)).call().expect("it answers");
        let header =
            |name| answer.headers().get(name).expect(name).to_str().expect("text");
        assert_eq!(header("cache-control"), "no-store", "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "same-origin", "{path}");
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    }
}

#[test]
fn a_failing_file_is_an_error_that_tells_the_visitor_nothing() {
    let server = Server::start();
    let ada = server.register("Ada");
    server.change("ALTER TABLE sessions RENAME TO gone");
    let answer = server.get("/member", Some(&ada));
    assert_eq!(answer.status, 500);
    assert!(
        answer.page.contains("Something went wrong on our side."),
        "{}",
        answer.page
    );
    assert!(!answer.page.contains("sessions"), "{}", answer.page);
}

#[test]
fn garbage_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("tea.db").to_string_lossy().into_owned();
    let environment = [("DB_FILE", file.as_str())];
    throw_garbage(Start { program: PROGRAM, environment: &environment });
}

#[test]
fn a_program_that_cannot_start_says_in_one_line_why() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("tea.db").to_string_lossy().into_owned();
    let environment = [("DB_FILE", file.as_str())];
    refuses_a_taken_port(Start { program: PROGRAM, environment: &environment });
    let environment = [("DB_FILE", "/no/such/folder/tea.db")];
    let start = Start { program: PROGRAM, environment: &environment };
    let why = refuses_to_start(start);
    assert!(why.contains("cannot start: /no/such/folder/tea.db: "), "{why}");
}

#[test]
fn hole_nobody_counts_wrong_passwords() {
    let server = Server::start();
    server.register("Ada");
    for _ in 0..12 {
        let guess =
            server.post("/sign-in", None, "name=Ada&password=a+cup+after+noon");
        assert_eq!(guess.status, 403);
    }
    assert_eq!(server.post("/sign-in", None, &form("Ada")).status, 303);
}

#[test]
fn hole_names_of_two_alphabets_may_look_alike() {
    let server = Server::start();
    server.register("Ada");
    assert_eq!(server.post("/register", None, &form("%D0%90da")).status, 303);
}

#[test]
fn hole_a_neighbour_makes_a_member_somebody_else_by_a_cookie_of_another_name() {
    let server = Server::start();
    let ada = server.register("Ada");
    let mallory = server.register("Mallory").replace("__", "%5F%5F");
    let page = server.get("/member", Some(&format!("{ada}; {mallory}"))).page;
    assert!(page.contains("such as you, Mallory."), "{page}");
}

#[test]
fn hole_the_browser_keeps_a_cookie_that_opens_nothing() {
    let server = Server::start();
    let ada = server.register("Ada");
    let removal =
        server.post("/sign-out", Some(&ada), "").set_cookie.expect("a removal");
    assert!(
        !removal.contains("Secure"),
        "no browser takes it for that name: {removal}"
    );
}

#[test]
fn hole_a_member_stays_signed_in_who_is_none_any_more() {
    let server = Server::start();
    let ada = server.register("Ada");
    server.change("DELETE FROM members");
    assert!(server.is_member(&ada));
}

#[test]
fn hole_nobody_can_end_the_session_on_another_device() {
    let server = Server::start();
    let lost = server.register("Ada");
    let own = server.post("/sign-in", None, &form("Ada")).cookie();
    server.post("/sign-out", Some(&own), "");
    assert!(server.is_member(&lost));
}
