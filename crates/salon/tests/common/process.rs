//! What a server process holds, as the kernel counts it, and faults that are given to it from outside.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use super::{PATIENCE, Salon};

/// Threads, descriptors and memory of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    pub threads: usize,
    pub descriptors: usize,
    /// Bytes of memory at most so far.
    pub peak_memory: u64,
}

impl Salon {
    pub fn held(&self) -> Held {
        let of = format!("/proc/{}", self.process().as_raw_nonzero());
        let status = fs::read_to_string(format!("{of}/status")).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let kib: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
        Held {
            threads: fs::read_dir(format!("{of}/task")).unwrap().count(),
            descriptors: fs::read_dir(format!("{of}/fd")).unwrap().count(),
            peak_memory: kib << 10,
        }
    }

    /// Waits until the server holds no more threads and descriptors than that; it lets go of idle threads after a while.
    pub fn wait_held(&self, threads: usize, descriptors: usize) {
        let began = Instant::now();
        loop {
            let held = self.held();
            if held.threads <= threads && held.descriptors <= descriptors {
                return;
            }
            assert!(
                began.elapsed() < PATIENCE,
                "{held:?} in place of {threads} threads and {descriptors} descriptors: {:#?}",
                fs::read_dir(format!("/proc/{}/fd", self.process().as_raw_nonzero()))
                    .unwrap()
                    .flatten()
                    .map(|entry| fs::read_link(entry.path()))
                    .collect::<Vec<_>>()
            );
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Has system calls of the server fail or wait until the fault is dropped. `inject` is strace's language; with paths,
    /// only calls on these count.
    pub fn fault(&self, inject: &str, paths: &[&str]) -> Fault {
        let calls = inject.split(':').next().unwrap();
        let mut command = Command::new("strace");
        command.args(["-f", "-o", "/dev/null", "-e", &format!("trace={calls}"), "-e", &format!("inject={inject}")]);
        for path in paths {
            command.args(["-P", path]);
        }
        let mut child = command
            .args(["-p", &self.process().as_raw_nonzero().to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("strace is needed for this test: {error}"));
        let mut words = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        while !said.contains(" attached") {
            assert!(words.read_line(&mut said).unwrap() > 0, "strace: {said}");
        }
        // Whatever else it says must not fill the pipe.
        thread::spawn(move || std::io::copy(&mut words, &mut std::io::sink()));
        Fault(child)
    }
}

/// See [`Salon::fault`].
pub struct Fault(Child);

impl Drop for Fault {
    fn drop(&mut self) {
        // Told to end, it lets the server go on as it was; killed, it might not.
        let _ = kill_process(Pid::from_child(&self.0), Signal::TERM);
        let _ = self.0.wait();
    }
}
