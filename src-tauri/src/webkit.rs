//! WebKit's own processes. They go on writing into the folder of the webview until this program has ended, so where the
//! folder is removed at the end (a demo), they are ended first.

/// Ends WebKit's child processes, and waits until they have ended. Nothing where the system does not name them.
#[cfg(target_os = "linux")]
pub(crate) fn end_processes() {
    use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

    for child in children().filter(|&pid| is_webkit(pid)).filter_map(Pid::from_raw) {
        // One that has ended, or that GLib has waited for, is what is wanted.
        let _ended = kill_process(child, Signal::KILL);
        let _waited_for = waitpid(Some(child), WaitOptions::empty());
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn end_processes() {}

/// Children of every thread: a child belongs to the thread that started it.
#[cfg(target_os = "linux")]
fn children() -> impl Iterator<Item = i32> {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok());
    lists
        .flat_map(|pids| pids.split_ascii_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
}

/// The first 15 bytes of its program's name, as the kernel keeps them: `WebKitWebProces`, `WebKitNetworkPr`.
#[cfg(target_os = "linux")]
fn is_webkit(pid: i32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.starts_with("WebKit"))
}
