//! Uses the steps and the built book in a real browser, as a reader does.
//!
//! [`Browser`] is Chromium with a profile of its own, [`Server`] what it visits, and
//! [`BuiltBook`] the book as mdBook builds it. What cannot be done ends the test: everything
//! here panics and says what it wanted.

mod book;
mod browser;
mod driver;
mod server;
mod shared;
mod webdriver;

pub use book::{BuiltBook, THEMES};
pub use browser::Browser;
pub use server::Server;

/// What Chromium calls the theme of the book: a page as a reader of a wide screen sees it.
pub const WIDE: u32 = 1280;
/// A small telephone, the narrowest that the book is made for.
pub const NARROW: u32 = 360;
