//! Secrets that change under visitors who are there, over two processes on the same rows.

use async_trait::async_trait;
use conversation::{Backend, Call, Conversation, Row};
use express::{Express, transcript};
use tempfile::TempDir;
use time::Duration;

use crate::recordings::keep;

/// What keeps a session for an hour, so that each write sends its cookie again.
const AN_HOUR: &str = "cookie: { maxAge: 3600000 }";

/// Two servers, and what both ask of the rows that they share.
struct Two([Express; 2]);

#[async_trait]
impl Backend for Two {
    fn calls(&self) -> Vec<Call> {
        self.0.iter().flat_map(Backend::calls).collect()
    }

    fn rows(&self) -> Vec<Row> {
        self.0[0].rows()
    }

    async fn age(&self, by: Duration) {
        self.0[0].age(by).await;
    }
}

/// Two servers on the same rows, and their visitors.
struct Shop {
    folder: TempDir,
    cookie: &'static str,
    servers: [Express; 2],
    story: Conversation,
}

impl Shop {
    /// Both servers have the old secret.
    fn open(cookie: &'static str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let servers = [(); 2].map(|()| server(&folder, cookie, "'old'"));
        let mut story = servers[0].conversation_over(Two(servers.clone()));
        story.join(servers[1].app());
        Self { folder, cookie, servers, story }
    }

    /// Starts one of the servers, counted from one, anew with this secret, or these.
    fn restart(&mut self, number: usize, secret: &str) {
        let server = server(&self.folder, self.cookie, secret);
        let app = server.app();
        self.servers[number - 1] = server;
        self.story.answers(number);
        self.story.restart(app, Two(self.servers.clone()));
        self.story.says(&format!("It is server {number}, and has {secret} now."));
    }

    /// What this visitor gets at one of the servers.
    async fn get(&mut self, number: usize, who: &str, path: &str) -> String {
        if self.story.servers().1 != number {
            self.story.answers(number);
            self.story.says(&format!("Server {number} answers."));
        }
        self.story.get(who, path).await.text
    }

    fn cookie(&mut self, who: &str) -> String {
        self.story.cookies(who)[0].value.clone()
    }
}

fn server(folder: &TempDir, cookie: &str, secret: &str) -> Express {
    Express::sharing(folder.path(), &format!("secret: {secret}, {cookie}"))
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn a_new_secret_that_one_of_two_servers_signs_with_signs_everybody_out() {
    let mut shop = Shop::open(AN_HOUR);
    for (number, visits) in [(1, 1), (2, 2)] {
        assert_eq!(shop.get(number, "Ada", "/write").await, format!("visits: {visits}"));
    }
    shop.restart(1, "['new', 'old']");
    assert_eq!(shop.get(1, "Ada", "/write").await, "visits: 3", "both secrets verify");
    assert_eq!(shop.get(2, "Ada", "/write").await, "visits: 1", "she begins again");
    assert_eq!(shop.get(1, "Ada", "/read").await, "visits: 1", "wherever she goes");
    assert_eq!(shop.story.rows().len(), 2);
    keep("a_new_secret_first_on_one_server", &transcript(&shop.story));
}

#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn a_new_secret_that_all_servers_know_before_one_signs_with_it_signs_nobody_out() {
    let mut shop = Shop::open(AN_HOUR);
    shop.get(1, "Ada", "/write").await;
    let (mut visits, before) = (1, shop.cookie("Ada"));
    for secret in ["['old', 'new']", "['new', 'old']", "'new'"] {
        for restarted in [1, 2] {
            shop.restart(restarted, secret);
            for number in [1, 2, 1] {
                visits += 1;
                let text = shop.get(number, "Ada", "/write").await;
                assert_eq!(text, format!("visits: {visits}"), "{secret} {number}");
            }
        }
    }
    assert_ne!(shop.cookie("Ada"), before);
    assert_eq!(shop.story.rows().len(), 1);
}

/// It sends no cookie again that goes with the browser, however long both secrets are there.
#[tokio::test]
#[cfg_attr(not(express), ignore = "needs Node.js, then npm ci --prefix support/express")]
async fn hole_without_max_age_the_old_secret_can_never_go() {
    let mut shop = Shop::open("name: 'connect.sid'");
    shop.get(1, "Ada", "/write").await;
    let cookie = shop.cookie("Ada");
    for number in [1, 2] {
        shop.restart(number, "['old', 'new']");
    }
    for number in [1, 2] {
        shop.restart(number, "['new', 'old']");
    }
    for number in [1, 2, 1, 2] {
        shop.get(number, "Ada", "/write").await;
        assert_eq!(shop.cookie("Ada"), cookie, "signed with the old one still");
    }
    shop.restart(1, "'new'");
    assert_eq!(shop.get(1, "Ada", "/write").await, "visits: 1");
}
