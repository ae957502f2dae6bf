//! Those who visit a server, again and again, each with a session of its own.

use std::{cell::Cell, io, rc::Rc};

use crate::connection::{Answer, Connection};

/// What somebody does at a server.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Act {
    /// Looks at a page. Nothing changes by that.
    Look,
    /// Changes the session.
    Write,
}

/// What a server lets be done.
#[derive(Clone, Copy)]
pub(crate) enum Asks {
    /// `GET /` counts a visit, and the page has the number behind these words.
    Visit(&'static str),
    /// `POST /basket` and `POST /basket/take` move a packet of tea. `GET /` shows the basket.
    Basket(Forms),
    /// The same requests, to a server without sessions.
    Nothing,
    /// `POST /token` gives a token, and `GET /` takes it.
    Token,
}

/// What a form of a server with a basket brings about besides.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Forms {
    Bare,
    /// Each has the token of its page, and a message waits for the next page.
    WithTokenAndMessage,
}

impl Asks {
    pub(crate) fn has(self, act: Act) -> bool {
        match self {
            Self::Visit(_) => act == Act::Write,
            Self::Token => act == Act::Look,
            Self::Basket(_) | Self::Nothing => true,
        }
    }
}

/// Somebody whom the server knows again.
pub(crate) struct Visitor {
    asks: Asks,
    look: Vec<u8>,
    /// One more packet of tea, and one less.
    writes: [Vec<u8>; 2],
    /// How often the session was changed.
    changes: u64,
}

impl Visitor {
    /// Comes for the first time.
    pub(crate) async fn new(asks: Asks, connection: &mut Connection) -> io::Result<Self> {
        Ok(match asks {
            Asks::Visit(_) => {
                let answer = connection.ask(&get("/", "")).await?;
                let known = cookie(&answer);
                Self::known(asks, &known, "", 1)
            }
            Asks::Basket(forms) => {
                let answer = connection.ask(&post("/basket", "", "")).await?;
                let (known, leads_to) = (cookie(&answer), answer.header("location"));
                let page = get(leads_to.unwrap_or_default(), &known);
                let page = connection.ask(&page).await?;
                let token = page.body.split_once(r#"name="token" value=""#);
                let token = token.and_then(|(_, rest)| rest.split('"').next());
                let says = page.body.contains("Assam is in your basket.");
                let forms_are = match (token, says) {
                    (Some(_), true) => Forms::WithTokenAndMessage,
                    _ => Forms::Bare,
                };
                assert!(forms == forms_are, "other forms: {}", page.body);
                Self::known(asks, &known, token.unwrap_or_default(), 1)
            }
            Asks::Nothing => Self::known(asks, "", "", 0),
            Asks::Token => {
                let token = connection.ask(&post("/token", "", "")).await?.body;
                Self::known(asks, &format!("authorization: Bearer {token}\r\n"), "", 0)
            }
        })
    }

    fn known(asks: Asks, by: &str, token: &str, changes: u64) -> Self {
        let look = get("/", by);
        let writes = match asks {
            Asks::Visit(_) => [look.clone(), look.clone()],
            _ => ["/basket", "/basket/take"].map(|path| post(path, by, token)),
        };
        Self { asks, look, writes, changes }
    }

    /// Comes again.
    ///
    /// # Panics
    /// If the answer is another one than after all that was done before: then a server was compared
    /// for something else.
    pub(crate) async fn act(
        &mut self,
        act: Act,
        connection: &mut Connection,
    ) -> io::Result<()> {
        let answer = match act {
            Act::Look => connection.ask(&self.look).await?,
            Act::Write => {
                self.changes += 1;
                connection.ask(&self.writes[(self.changes % 2) as usize]).await?
            }
        };
        let Answer { head, body } = answer;
        assert!(self.expects(act, &answer), "not after {} changes: {head}{body}", self.changes);
        Ok(())
    }

    /// Whether the server knows the session as it was left.
    pub(crate) async fn is_known(&mut self, connection: &mut Connection) -> io::Result<bool> {
        let act = if self.asks.has(Act::Look) { Act::Look } else { Act::Write };
        if act == Act::Write {
            self.changes += 1;
        }
        let answer = connection.ask(&self.look).await?;
        Ok(self.expects(act, &answer))
    }

    fn expects(&self, act: Act, answer: &Answer<'_>) -> bool {
        match (self.asks, act) {
            (Asks::Visit(words), _) => {
                let count = format!("{words}{}", self.changes);
                answer.has_status("200 ") && answer.body.contains(&count)
            }
            (Asks::Basket(_), Act::Look) => {
                answer.has_status("200 ") && answer.body.contains(&self.basket())
            }
            (Asks::Basket(Forms::WithTokenAndMessage), Act::Write) => {
                let next = format!("/?said={}", self.changes);
                answer.has_status("303 ") && answer.header("location") == Some(&next)
            }
            (Asks::Basket(Forms::Bare) | Asks::Nothing, Act::Write) => {
                answer.has_status("303 ") && answer.header("location") == Some("/")
            }
            (Asks::Nothing, Act::Look) => answer.has_status("200 "),
            (Asks::Token, _) => answer.has_status("200 ") && answer.body.contains("Ada"),
        }
    }

    /// What the page has to show.
    fn basket(&self) -> String {
        let packets = if self.changes.is_multiple_of(2) { 2 } else { 1 };
        format!("{packets} × Assam")
    }
}

/// The line of a request that has the cookie of this answer.
fn cookie(answer: &Answer<'_>) -> String {
    let cookie = answer.header("set-cookie").unwrap_or_default();
    let pair = cookie.split(';').next().unwrap_or_default();
    assert!(!pair.is_empty(), "no cookie came: {}", answer.head);
    format!("cookie: {pair}\r\n")
}

/// What each answer of a shop has, whatever else there is.
const HEADERS: [&str; 4] =
    ["cache-control", "content-security-policy", "referrer-policy", "x-content-type-options"];

/// Plays what a shop refuses: a form of another origin's page, and one with another session's token.
///
/// # Panics
/// If it takes one of them, or an answer of it has not the headers that it should have.
pub(crate) async fn refused(
    visitor: &Visitor,
    connection: &mut Connection,
) -> io::Result<usize> {
    let Asks::Basket(Forms::WithTokenAndMessage) = visitor.asks else { return Ok(0) };
    let form = String::from_utf8_lossy(&visitor.writes[0]);
    let foreign = form
        .replace("origin: http://localhost", "origin: http://elsewhere")
        .replace("same-origin", "cross-site");
    // Its last character is one of the token.
    let (start, _) = form.split_at(form.len() - 1);
    let forged = [format!("{start}!"), foreign];
    for form in &forged {
        let answer = connection.ask(form.as_bytes()).await?;
        let has_all = HEADERS.iter().all(|name| answer.header(name).is_some());
        assert!(has_all && answer.has_status("403 "), "it is taken: {}", answer.head);
    }
    Ok(forged.len())
}

fn get(path: &str, known_by: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{known_by}\r\n").into_bytes()
}

fn post(path: &str, known_by: &str, token: &str) -> Vec<u8> {
    let form = format!("tea=assam&token={token}");
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\norigin: http://localhost\r\n\
         sec-fetch-site: same-origin\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: {}\r\n{known_by}\r\n{form}",
        form.len()
    )
    .into_bytes()
}

/// How it is told that the visits are over, and how many there were.
#[derive(Clone, Default)]
pub(crate) struct Visits {
    pub(crate) count: Rc<Cell<u64>>,
    pub(crate) are_over: Rc<Cell<bool>>,
}

/// Lets these visitors come one after the other over one connection, until it is over. Then one of
/// them looks whether all is there that was written.
pub(crate) async fn come(
    port: u16,
    act: Act,
    mut visitors: Vec<Visitor>,
    visits: Visits,
) -> io::Result<Vec<Visitor>> {
    let mut connection = Connection::open(port).await?;
    while !visits.are_over.get() {
        for visitor in &mut visitors {
            visitor.act(act, &mut connection).await?;
            visits.count.set(visits.count.get() + 1);
            if visits.are_over.get() {
                break;
            }
        }
    }
    if let Some(first) = visitors.first_mut()
        && first.asks.has(Act::Look)
    {
        first.act(Act::Look, &mut connection).await?;
    }
    Ok(visitors)
}
