//! The SQL layer.

use salon_core::Result;

use crate::Options;

#[derive(Clone)]
pub(crate) struct Db {}

impl Db {
    pub(crate) async fn open(options: &Options) -> Result<Self> {
        let _ = options;
        todo!()
    }
}
