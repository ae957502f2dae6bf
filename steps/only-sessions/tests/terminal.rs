//! What the page shows in a terminal, against this program.

terminal::plays!();
