//! What chapter 4 shows of this program in a terminal.

terminal::plays!();
