use std::sync::mpsc;
use std::thread::ThreadId;

use wire::ErrorCode;

use super::*;

const HERE: Option<IpAddr> = None;

fn address(last: u8) -> Option<IpAddr> {
    Some(IpAddr::from([192, 0, 2, last]))
}

fn query(session: u64, address: Option<IpAddr>) -> Work {
    Work::session(session, address, WorkKind::Query, false)
}

/// Work that reports that it began, and ends when it is released.
struct Held {
    began: mpsc::Receiver<ThreadId>,
    release: mpsc::Sender<()>,
    answered: Answered<()>,
}

fn hold(workers: &Workers, what: Work, requester: &Arc<()>) -> Held {
    let ((say, began), (release, wait)) = (mpsc::channel(), mpsc::channel());
    let work = move || {
        say.send(std::thread::current().id()).unwrap();
        // Ends when it is released, and when its test is over.
        let _ = wait.recv();
    };
    Held { began, release, answered: workers.submit(what, requester, work, || ()) }
}

impl Held {
    fn runs(&self) -> ThreadId {
        self.began.recv().unwrap()
    }

    fn end(self) -> Result<(), ErrorBody> {
        self.release.send(()).unwrap();
        self.answered.blocking_recv().unwrap()
    }
}

/// Work of as many sessions as are done at once, all of them begun.
fn busy(workers: &Workers, requester: &Arc<()>) -> Vec<Held> {
    let held = (0..ANSWERS_AT_ONCE as u64).map(|session| hold(workers, query(session, HERE), requester));
    let held: Vec<_> = held.collect();
    for held in &held {
        held.runs();
    }
    held
}

#[test]
fn it_is_done_elsewhere_and_the_requester_is_woken() {
    let (workers, requester) = (Workers::default(), Arc::new(()));
    let (wake, woken) = mpsc::channel();
    let work = || std::thread::current().id();
    let answered = workers.submit(query(1, HERE), &requester, work, move || wake.send(()).unwrap());
    woken.recv().unwrap();
    assert_ne!(answered.blocking_recv().unwrap().unwrap(), std::thread::current().id());
}

#[test]
fn a_few_are_done_at_once_a_few_wait_and_the_next_is_refused() {
    let (workers, requester) = (Workers::default(), Arc::new(()));
    let running = busy(&workers, &requester);
    let waiting: Vec<_> =
        (0..ANSWERS_WAITING as u64).map(|at| hold(&workers, query(100 + at, HERE), &requester)).collect();
    let refused = hold(&workers, query(999, HERE), &requester);
    assert_eq!(refused.answered.blocking_recv().unwrap().unwrap_err().code, ErrorCode::TooMany);
    assert!(waiting.iter().all(|held| held.began.try_recv().is_err()), "none has begun");
    for held in running.into_iter().chain(waiting) {
        held.end().unwrap();
    }
}

#[test]
fn one_address_keeps_no_other_out() {
    let (workers, requester) = (Workers::default(), Arc::new(()));
    let running = busy(&workers, &requester);
    let mut greedy: Vec<_> = (0..ANSWERS_WAITING as u64)
        .map(|at| hold(&workers, query(100 + at, address(1)), &requester))
        .collect();
    let other = hold(&workers, query(999, address(2)), &requester);
    let newest = greedy.pop().unwrap();
    assert_eq!(newest.answered.blocking_recv().unwrap().unwrap_err().code, ErrorCode::TooMany);
    for held in running.into_iter().chain(greedy).chain([other]) {
        held.end().unwrap();
    }
}

#[test]
fn the_owner_waits_for_nobody_whose_work_hangs() {
    let (workers, requester) = (Workers::default(), Arc::new(()));
    let owners = |session| Work::session(session, HERE, WorkKind::Change, true);
    let hanging = busy(&workers, &requester);
    let full: Vec<_> = (0..ANSWERS_WAITING as u64)
        .map(|at| {
            let what = Work::session(100 + at, address(at as u8), WorkKind::Change, false);
            hold(&workers, what, &requester)
        })
        .collect();
    let revokes = hold(&workers, owners(900), &requester);
    revokes.runs();
    revokes.end().unwrap();
    // Among its own there is a bound as for everybody.
    let mut own: Vec<_> =
        (0..=ANSWERS_WAITING as u64 + 1).map(|at| hold(&workers, owners(901 + at), &requester)).collect();
    own[0].runs();
    let refused = own.pop().unwrap();
    assert_eq!(refused.answered.blocking_recv().unwrap().unwrap_err().code, ErrorCode::TooMany);
    assert!(full.iter().all(|held| held.began.try_recv().is_err()), "none gave way, none has begun");
    for held in own.into_iter().chain(hanging).chain(full) {
        held.end().unwrap();
    }
}

#[test]
fn a_session_gets_its_answers_in_order_and_changes_follow_each_other() {
    let (workers, requester) = (Workers::default(), Arc::new(()));
    let change = |session| Work::session(session, HERE, WorkKind::Change, false);
    let first = hold(&workers, change(1), &requester);
    first.runs();
    let of_the_same_session = hold(&workers, query(1, HERE), &requester);
    let other_change = hold(&workers, change(2), &requester);
    let behind_it = hold(&workers, query(2, HERE), &requester);
    let free = hold(&workers, query(3, HERE), &requester);
    free.runs();
    let not_begun =
        [&of_the_same_session, &other_change, &behind_it].map(|held| held.began.try_recv().is_err());
    assert_eq!(not_begun, [true; 3]);
    first.end().unwrap();
    of_the_same_session.runs();
    other_change.runs();
    assert!(behind_it.began.try_recv().is_err(), "its session's change comes before it");
    other_change.end().unwrap();
    behind_it.runs();
    for held in [of_the_same_session, behind_it, free] {
        held.end().unwrap();
    }
}

#[test]
fn work_of_a_session_that_is_gone_never_starts() {
    let (workers, requester, gone) = (Workers::default(), Arc::new(()), Arc::new(()));
    let mut running = busy(&workers, &requester);
    let never = hold(&workers, query(50, HERE), &gone);
    let after = hold(&workers, query(51, HERE), &requester);
    drop(gone);
    running.pop().unwrap().end().unwrap();
    after.runs();
    assert!(never.answered.blocking_recv().is_err(), "it was dropped");
    assert!(never.began.try_recv().is_err());
    for held in running.into_iter().chain([after]) {
        held.end().unwrap();
    }
}

#[test]
fn a_panic_frees_its_place_and_is_told() {
    let (workers, requester) = (Workers::default(), Arc::new(()));
    let change = Work::own(WorkKind::Change);
    let failed = workers.submit(change.clone(), &requester, || -> u8 { panic!("on purpose") }, || ());
    let next = workers.submit(change, &requester, || 7, || ());
    assert!(failed.blocking_recv().is_err());
    assert_eq!(next.blocking_recv().unwrap().unwrap(), 7);
}

#[test]
fn at_the_end_nothing_more_begins() {
    let (workers, requester) = (Workers::default(), Arc::new(()));
    let running = busy(&workers, &requester);
    let waiting = hold(&workers, query(50, HERE), &requester);
    workers.end();
    let late = hold(&workers, query(51, HERE), &requester);
    for refused in [waiting, late] {
        assert_eq!(refused.answered.blocking_recv().unwrap().unwrap_err().code, ErrorCode::Unavailable);
    }
    for held in running {
        held.end().unwrap();
    }
}
