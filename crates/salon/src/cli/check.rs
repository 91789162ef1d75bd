//! `salon check` and `salon repair`.

use clap::Args;
use salon_core::{Clock as _, Error, Result, id::uuid_text};
use salon_service::{
    Service,
    maintenance::{self, CheckOptions as Depth, Finding, Note},
};

use crate::{
    config::Loaded,
    node,
    output::{bytes_bar, complain, count_bar, say},
    real::{SystemClock, SystemEntropy},
};

/// Findings that a repair keeps in memory; the rest is left to the next run.
const FINDINGS: usize = 100_000;

/// `salon check`.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct CheckOptions {
    /// Read every byte and compare digests.
    #[arg(long)]
    deep: bool,
}

/// `salon repair`.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct RepairOptions {
    /// Read every byte and compare digests first.
    #[arg(long)]
    deep: bool,
    /// Do it; without this, only say what would be done.
    #[arg(long)]
    yes: bool,
}

pub(crate) fn check(loaded: &Loaded, options: CheckOptions) -> Result<()> {
    node::with_service(loaded, async move |service| {
        let findings = look(&service, options.deep).await?;
        if findings.is_empty() { Ok(()) } else { Err(Error::conflict(format!("{} findings", findings.len()))) }
    })
}

pub(crate) fn repair(loaded: &Loaded, options: RepairOptions) -> Result<()> {
    node::with_service(loaded, async move |service| {
        let findings = look(&service, options.deep).await?;
        let now = SystemClock.now();
        let actions: Vec<_> = findings.iter().filter_map(|finding| maintenance::plan(finding, now)).collect();
        if actions.is_empty() {
            say("Nothing to repair.");
            return Ok(());
        }
        for action in &actions {
            if options.yes {
                let request_id = format!("req-{}", uuid_text(&SystemEntropy));
                match maintenance::apply(&service, &request_id, action).await {
                    Ok(()) => say(format!("done: {action}")),
                    Err(error) => complain(format!("not done: {action}: {error}")),
                }
            } else {
                say(format!("would {action}"));
            }
        }
        if !options.yes {
            say("Nothing was changed; run it again with --yes.");
        }
        Ok(())
    })
}

/// Checks, prints what is found as it is found, and returns it.
async fn look(service: &Service, deep: bool) -> Result<Vec<Finding>> {
    let extent = maintenance::extent(service).await?;
    let bar = if deep { bytes_bar(extent.bytes) } else { count_bar(extent.images) };
    let mut findings = Vec::new();
    let mut left_out = 0_u64;
    let mut note = |note: Note| match note {
        Note::Progress(progress) => bar.set_position(if deep { progress.bytes } else { progress.images }),
        Note::Found(finding) => {
            bar.suspend(|| say(finding.to_string()));
            if findings.len() < FINDINGS {
                findings.push(finding);
            } else {
                left_out += 1;
            }
        }
    };
    let summary = maintenance::check(service, Depth { deep }, &mut note).await;
    bar.finish_and_clear();
    let summary = summary?;
    say(format!(
        "Checked {} images ({} bytes), {} objects and {} rows of chat rooms: {} findings; {} removals are waiting.",
        summary.checked.images,
        summary.checked.bytes,
        summary.checked.objects,
        summary.checked.chat_rows,
        summary.findings,
        summary.removals_waiting
    ));
    if left_out > 0 {
        say(format!("{left_out} findings more than fit; run it again after a repair."));
    }
    Ok(findings)
}
