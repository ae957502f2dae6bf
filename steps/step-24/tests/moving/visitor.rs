//! Somebody at a browser, whose cookies a test can look at.

use std::process::Command;

pub(crate) const PASSWORD: &str = "a cup before noon";

pub(crate) const OURS: &str = "__Host-id";
pub(crate) const THEIRS: &str = "connect.sid";

/// Where a browser finds whom it asks.
#[derive(Clone)]
pub(crate) struct To {
    pub(crate) nginx: u16,
    /// The file of whoever has signed the certificate that nginx shows.
    pub(crate) authority: String,
    pub(crate) express: u16,
}

/// A browser that asks nginx, unless it is led past it.
pub(crate) struct Visitor {
    to: To,
    pub(crate) jar: Vec<Cookie>,
}

/// A cookie is another one if its path or its domain is.
#[derive(Clone, Debug)]
pub(crate) struct Cookie {
    pub(crate) name: String,
    pub(crate) value: String,
    path: String,
    domain: String,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) set_cookie: Vec<String>,
    pub(crate) location: String,
    pub(crate) body: String,
}

impl Visitor {
    pub(crate) fn new(to: To) -> Self {
        Self { to, jar: Vec::new() }
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.ask(path, &[])
    }

    pub(crate) fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        let fields = fields(form);
        self.ask(path, &options(&fields))
    }

    pub(crate) fn add(&mut self, tea: &str) -> Answer {
        let token = self.token();
        self.post("/basket", &[("tea", tea), ("token", &token)])
    }

    pub(crate) fn sign_in(&mut self, name: &str) -> Answer {
        self.give("/sign-in", name, PASSWORD)
    }

    pub(crate) fn register(&mut self, name: &str) -> Answer {
        self.give("/register", name, PASSWORD)
    }

    /// A name and a password, with whatever token the forms of this browser have.
    pub(crate) fn give(
        &mut self,
        path: &str,
        name: &str,
        password: &str,
    ) -> Answer {
        let token = self.token();
        self.post(
            path,
            &[("name", name), ("password", password), ("token", &token)],
        )
    }

    fn token(&mut self) -> String {
        let body = self.get("/sign-in").body;
        let token = body.split(r#"name="token" value=""#).nth(1);
        token.and_then(|it| it.split('"').next()).unwrap_or_default().to_owned()
    }

    /// Asks Express itself, which no browser does.
    pub(crate) fn post_past(
        &mut self,
        path: &str,
        form: &[(&str, &str)],
    ) -> Answer {
        let fields = fields(form);
        let url = format!("http://127.0.0.1:{}{path}", self.to.express);
        let behind = ["--header", "X-Forwarded-Proto: https"];
        self.run(&url, &[&behind, &*options(&fields)].concat())
    }

    fn ask(&mut self, path: &str, more: &[&str]) -> Answer {
        let To { nginx, authority, .. } = self.to.clone();
        let connect = format!("::127.0.0.1:{nginx}");
        let tls = ["--connect-to", &connect, "--cacert", &authority];
        let url = format!("https://localhost:8443{path}");
        self.run(&url, &[&tls, more].concat())
    }

    pub(crate) fn run(&mut self, url: &str, more: &[&str]) -> Answer {
        let pairs: Vec<String> =
            self.jar.iter().map(|it| format!("{}={}", it.name, it.value)).collect();
        let cookie = format!("Cookie: {}", pairs.join("; "));
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--include", "--http1.1"]).args(more);
        if !pairs.is_empty() {
            curl.args(["--header", &cookie]);
        }
        let said = curl.arg(url).output().expect("curl is installed").stdout;
        let answer = Answer::of(&String::from_utf8(said).expect("text"));
        answer.set_cookie.iter().for_each(|it| self.keep(it));
        answer
    }

    /// What a browser does with a `Set-Cookie`.
    fn keep(&mut self, line: &str) {
        let mut parts = line.split("; ");
        let pair = parts.next().unwrap_or_default();
        let (name, value) = pair.split_once('=').expect("a pair");
        let (mut path, mut domain, mut is_gone) = Default::default();
        for part in parts {
            match part.split_once('=').unwrap_or((part, "")) {
                ("Path", it) => path = it,
                ("Domain", it) => domain = it,
                ("Max-Age", it) => is_gone = it == "0",
                _ => {}
            }
        }
        let same =
            |it: &Cookie| it.name == name && it.path == path && it.domain == domain;
        self.jar.retain(|it| !same(it));
        if !is_gone {
            self.plant(name, value, path, domain);
        }
    }

    /// Puts a cookie into the browser, as a neighbour may.
    pub(crate) fn plant(
        &mut self,
        name: &str,
        value: &str,
        path: &str,
        domain: &str,
    ) {
        let [name, value, path, domain] =
            [name, value, path, domain].map(str::to_owned);
        self.jar.push(Cookie { name, value, path, domain });
    }

    /// The value of the cookie of this name.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        let found = self.jar.iter().find(|it| it.name == name);
        found.map(|it| it.value.clone())
    }

    /// What the basket has at whoever answers `/`.
    pub(crate) fn basket(&mut self) -> String {
        let body = self.get("/").body;
        if body.starts_with("Express: ") {
            return body.trim_end().to_owned();
        }
        let lines = body.split("<li>").filter_map(|it| it.split_once(" × "));
        let packets: Vec<String> = lines
            .filter(|(count, _)| count.parse::<u32>().is_ok())
            .map(|(count, rest)| {
                let tea = rest.split_whitespace().next().unwrap_or_default();
                format!("{count} × {tea}")
            })
            .collect();
        format!("step 24: {}", packets.join(", "))
    }
}

fn fields(form: &[(&str, &str)]) -> Vec<String> {
    form.iter().map(|(name, value)| format!("{name}={value}")).collect()
}

fn options(fields: &[String]) -> Vec<&str> {
    fields.iter().flat_map(|it| ["--data-urlencode", it]).collect()
}

impl Answer {
    fn of(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").expect("an answer");
        let mut lines = head.lines();
        let status = lines.next().and_then(|it| it.split(' ').nth(1));
        let headers: Vec<(&str, &str)> =
            lines.filter_map(|it| it.split_once(": ")).collect();
        let all = |name: &'static str| {
            let of_it =
                headers.iter().filter(move |it| it.0.eq_ignore_ascii_case(name));
            of_it.map(|it| it.1.to_owned())
        };
        Self {
            status: status.and_then(|it| it.parse().ok()).expect("a status"),
            set_cookie: all("set-cookie").collect(),
            location: all("location").collect(),
            body: body.to_owned(),
        }
    }

    /// What it says of the cookie of Express.
    pub(crate) fn of_theirs(&self) -> Option<&str> {
        let mut cookies = self.set_cookie.iter();
        cookies.find(|it| it.starts_with(THEIRS)).map(String::as_str)
    }
}
