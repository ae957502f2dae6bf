//! Uses the steps and the built book in a real browser, as a reader does.
//!
//! [`Browser`] is Chromium with a profile of its own, [`Server`] what it visits, and
//! [`BuiltBook`] the book as mdBook builds it. What cannot be done ends the test: everything
//! here panics and says what it wanted.

mod book;
mod borrowed;
mod browser;
mod driver;
mod fingerprint;
mod home;
mod leftovers;
mod server;
mod structure;
mod webdriver;

pub use book::{BuiltBook, PRINT, THEMES};
pub use borrowed::Borrowed;
pub use browser::{ARROW_DOWN, Browser, ENTER, Settings, TAB, Tab};
pub use fingerprint::chromium;
pub use server::Server;
pub use webdriver::PATIENCE;

/// The width of a desk's screen, in CSS pixels.
pub const WIDE: u32 = 1280;
/// The width of a small telephone, the narrowest screen that the book is made for.
pub const NARROW: u32 = 360;
