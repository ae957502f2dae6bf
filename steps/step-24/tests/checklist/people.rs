//! What people do at the shop.

use axum::http::{Method, StatusCode};
use conversation::{Answer, Request};

use crate::shop::{PASSWORD, Shop};

pub(crate) const RIGHT: &str = "password=a+cup+before+noon";
pub(crate) const ADAS: &str = "name=Ada&password=a+cup+before+noon";
pub(crate) const ANOTHER: &str = "password=a+cup+before+noon&new=two+cups+at+four";

pub(crate) const DEVICES: [&str; 3] = ["Laptop", "Phone", "Office"];

impl Shop {
    /// `who` fills in a form on a page of the shop.
    pub(crate) async fn submit(
        &mut self,
        who: &str,
        path: &str,
        fields: &str,
    ) -> Answer {
        let token = self.secret(who, "token").await;
        let fields = match (token.as_str(), fields) {
            ("", fields) => fields.to_owned(),
            (token, "") => format!("token={token}"),
            (token, fields) => format!("token={token}&{fields}"),
        };
        self.post(who, path, &fields).await
    }

    /// `who` gives a name and a password.
    pub(crate) async fn give(
        &mut self,
        who: &str,
        path: &str,
        name: &str,
        password: &str,
    ) -> Answer {
        let encode = |text: &str| text.replace(' ', "+");
        let fields = format!("name={}&password={}", encode(name), encode(password));
        self.submit(who, path, &fields).await
    }

    pub(crate) async fn buy(&mut self, who: &str, tea: &str) -> Answer {
        self.submit(who, "/basket", &format!("tea={tea}")).await
    }

    /// `who` registers, and has a packet in the basket.
    pub(crate) async fn shops(&mut self, who: &str) {
        let answer = self.give(who, "/register", who, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        self.buy(who, "assam").await;
    }

    /// Ada is signed in at her laptop, where she has registered, on her telephone and in the
    /// office.
    pub(crate) async fn three_devices(&mut self) {
        self.post("Laptop", "/register", ADAS).await;
        for browser in ["Phone", "Office"] {
            self.sign_in_as_ada(browser).await;
        }
        for browser in DEVICES {
            assert!(self.is_in(browser).await, "{browser}");
        }
    }

    pub(crate) async fn sign_in_as_ada(&mut self, browser: &str) -> Answer {
        self.give(browser, "/sign-in", "Ada", PASSWORD).await
    }

    pub(crate) async fn sign_out(&mut self, who: &str) -> Answer {
        self.submit(who, "/sign-out", "").await
    }

    /// Whether the shop takes this browser for a member's.
    pub(crate) async fn is_in(&mut self, browser: &str) -> bool {
        self.get(browser, "/member").await.text.contains("Sign out")
    }

    /// Whether whoever has this cookie alone is taken for a member.
    pub(crate) async fn opens(&mut self, cookie: &str) -> bool {
        self.close("A thief");
        self.forge("A thief", crate::shop::COOKIE, cookie);
        self.is_in("A thief").await
    }

    /// `who` orders what is in the basket.
    pub(crate) async fn check_out(&mut self, who: &str) -> Answer {
        let order = self.secret(who, "order").await;
        self.submit(who, "/checkout", &format!("order={order}")).await
    }

    /// What `who` has ordered, as the page for members lists it.
    pub(crate) async fn orders(&mut self, who: &str) -> Vec<String> {
        let page = self.get(who, "/member").await;
        assert_eq!(page.status, StatusCode::OK);
        let list = page.body.split_once("<ol>").map_or("", |(_, list)| list);
        let items = list.split("<li>").skip(1);
        items.filter_map(|item| Some(item.split_once('<')?.0.to_owned())).collect()
    }

    /// `who` looks, with one more header.
    pub(crate) async fn look(
        &mut self,
        who: &str,
        path: &str,
        header: (&str, &str),
    ) -> Answer {
        self.send(who, Request::new(Method::GET, path).header(header.0, header.1))
            .await
    }
}
