//! `salon db`.

use std::time::Duration;

use clap::{Args, Subcommand};
use salon_catalog::Catalog;
use salon_core::{Clock as _, Error, Result};

use crate::{
    config::Loaded,
    node,
    output::{count_bar, say},
    real::SystemClock,
};

/// What to do with the database.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make the schema, or bring it up to date.
    Sync,
    /// Say which schema the database has and which one this program knows.
    Version,
    /// Ask whether the database answers and its schema is the newest.
    Check,
    /// Forget history, events and expired tokens older than some days.
    Purge(Purge),
}

/// `salon db purge`.
#[derive(Args, Debug)]
pub(crate) struct Purge {
    /// Days that are kept.
    #[arg(long, default_value_t = 30, value_name = "DAYS")]
    age_in_days: u32,
}

pub(crate) fn run(loaded: &Loaded, command: Command) -> Result<()> {
    node::block_on(async {
        let catalog = node::open_catalog(&loaded.config, false).await?;
        let done = act(&catalog, command).await;
        catalog.close().await;
        done
    })
}

async fn act(catalog: &Catalog, command: Command) -> Result<()> {
    match command {
        Command::Sync => {
            let before = catalog.schema().await?.current;
            let schema = catalog.migrate(SystemClock.now()).await?;
            if before == schema.current {
                say(format!("The schema is up to date ({}).", schema.current));
            } else {
                say(format!("The schema was brought from {before} to {}.", schema.current));
            }
        }
        Command::Version => {
            let schema = catalog.schema().await?;
            say(format!("database {}\nprogram  {}", schema.current, schema.known));
        }
        Command::Check => {
            catalog.ping().await?;
            let schema = catalog.schema().await?;
            match schema.current.cmp(&schema.known) {
                std::cmp::Ordering::Equal => {
                    say(format!("The database answers; its schema is the newest ({}).", schema.known))
                }
                std::cmp::Ordering::Less => {
                    return Err(Error::conflict(format!(
                        "the schema is {} and the newest is {}; run `salon db sync`",
                        schema.current, schema.known
                    )));
                }
                std::cmp::Ordering::Greater => {
                    return Err(Error::conflict(format!(
                        "the schema is {} and this program knows {} at most; use the newer program",
                        schema.current, schema.known
                    )));
                }
            }
        }
        Command::Purge(Purge { age_in_days }) => purge(catalog, age_in_days).await?,
    }
    Ok(())
}

/// Rows per transaction, so that a running server hardly notices.
const BATCH: u32 = 500;

async fn purge(catalog: &Catalog, age_in_days: u32) -> Result<()> {
    let now = SystemClock.now();
    let age = Duration::from_secs(u64::from(age_in_days) * 86_400);
    let before = salon_core::Timestamp(now.0.saturating_sub(i64::try_from(age.as_micros()).unwrap_or(i64::MAX)));
    let bar = count_bar(0);
    let mut rows = [0_u64; 3];
    loop {
        let done = [
            catalog.trim_history(before, BATCH).await?,
            catalog.trim_events(before, u64::MAX, BATCH).await?,
            catalog.trim_tokens(now, BATCH).await?,
        ];
        for (sum, count) in rows.iter_mut().zip(done) {
            *sum += count;
        }
        bar.inc(done.iter().sum());
        if done.iter().all(|count| *count == 0) {
            break;
        }
    }
    bar.finish_and_clear();
    let [history, events, tokens] = rows;
    say(format!("Forgotten: {history} rows of history, {events} events, {tokens} tokens."));
    Ok(())
}
