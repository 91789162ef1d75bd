use crate::support::World;
