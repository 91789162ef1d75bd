//! Rules of accounts and people.
