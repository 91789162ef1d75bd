//! Tests of the rules of v1.
