//! What chapter 3 shows of this program in a terminal.

terminal::plays!();
