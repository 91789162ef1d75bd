//! The part of OpenStack Identity v3 that clients need.
