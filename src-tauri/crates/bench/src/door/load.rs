//! Many viewers in one thread: one epoll, one buffer that all reads go to.
//!
//! It works only while one of its methods runs, so what it does never overlaps with what the bench does beside it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::fd::OwnedFd;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::backoff::Backoff;
use super::moment;
use super::viewer::{Arrival, Manner, Turn, Viewer};

/// Viewers that connect at the same time at first: fewer than a listener's backlog.
const CONNECTING: usize = 64;
/// Time all viewers have to connect and to get their first frame.
const CONNECT: Duration = Duration::from_secs(60);
/// A read takes this much at most.
const READ_BYTES: usize = 256 * 1024;
/// Sockets looked at in one turn.
const EVENTS: usize = 1024;
/// No frame for this long: the tick is delivered, the next one is not yet there.
const QUIET: Duration = Duration::from_millis(300);
/// Quiet must come within this.
const QUIET_WITHIN: Duration = Duration::from_secs(10);
/// Descriptors beside those of the viewers.
const OTHER_DESCRIPTORS: u64 = 200;

/// A number of viewers.
pub(crate) struct Load {
    epoll: OwnedFd,
    viewers: Vec<Viewer>,
    scratch: Vec<u8>,
    events: Vec<epoll::Event>,
    last_arrival: Instant,
    /// Set where viewers come back when they lose their connection, as clients do.
    returning: Option<Returning>,
}

/// When who comes back.
#[derive(Debug)]
struct Returning {
    backoffs: Vec<Backoff>,
    due: BinaryHeap<Reverse<(Instant, usize)>>,
    opened_at_us: Vec<i64>,
}

impl Load {
    /// Connects a viewer for each of `manners`; all have their first frame when it returns.
    pub(crate) fn connect(manners: impl IntoIterator<Item = Rc<Manner>>) -> Result<Self> {
        let viewers: Vec<Viewer> =
            manners.into_iter().enumerate().map(|(number, manner)| Viewer::new(number, manner)).collect();
        allow_descriptors(viewers.len() as u64 + OTHER_DESCRIPTORS)?;
        let mut load = Self {
            epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            viewers,
            scratch: vec![0; READ_BYTES],
            events: Vec::with_capacity(EVENTS),
            last_arrival: Instant::now(),
            returning: None,
        };
        load.connect_all()?;
        Ok(load)
    }

    fn connect_all(&mut self) -> Result<()> {
        let began = Instant::now();
        let mut waiting: VecDeque<usize> = (0..self.viewers.len()).collect();
        let (mut connecting, mut without_frame) = (0, self.viewers.len());
        let mut has_frame = vec![false; self.viewers.len()];
        while without_frame > 0 {
            if began.elapsed() > CONNECT {
                bail!(
                    "{without_frame} of {} viewers had no frame after {} s",
                    self.viewers.len(),
                    CONNECT.as_secs()
                );
            }
            while connecting < CONNECTING
                && let Some(viewer) = waiting.pop_front()
            {
                self.begin(viewer)?;
                connecting += 1;
            }
            let mut each = |arrival: Arrival| {
                if !std::mem::replace(&mut has_frame[arrival.viewer], true) {
                    without_frame -= 1;
                }
            };
            connecting -= self.turn(Duration::from_millis(20), &mut each)?;
        }
        Ok(())
    }

    /// Takes what comes for `time`.
    pub(crate) fn run(&mut self, time: Duration, each: &mut dyn FnMut(Arrival)) -> Result<()> {
        let until = Instant::now() + time;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            self.turn(left, each)?;
        }
    }

    /// Takes what comes until nothing has come for a while: the middle between two ticks.
    pub(crate) fn until_quiet(&mut self, each: &mut dyn FnMut(Arrival)) -> Result<()> {
        let began = Instant::now();
        while !self.is_quiet() {
            if began.elapsed() > QUIET_WITHIN {
                bail!("frames come without a pause of {} ms", QUIET.as_millis());
            }
            self.turn(QUIET.saturating_sub(self.last_arrival.elapsed()), each)?;
        }
        Ok(())
    }

    /// Whether it is the middle between two ticks.
    pub(crate) fn is_quiet(&self) -> bool {
        self.last_arrival.elapsed() >= QUIET
    }

    /// From now on viewers that lose their connection come back by the protocol's rule.
    pub(crate) fn come_back(&mut self) {
        let backoffs = (0..self.viewers.len()).map(|viewer| Backoff::new(viewer as u64)).collect();
        self.returning = Some(Returning { backoffs, due: BinaryHeap::new(), opened_at_us: Vec::new() });
    }

    /// When handshakes of viewers that came back were done, in microseconds since 1970.
    pub(crate) fn opened_at_us(&self) -> &[i64] {
        self.returning.as_ref().map_or(&[], |returning| &returning.opened_at_us)
    }

    /// The port that the first viewer comes from.
    pub(crate) fn first_port(&self) -> Result<u16> {
        let stream =
            self.viewers.first().and_then(Viewer::stream).context("finding the first viewer's socket")?;
        Ok(stream.local_addr()?.port())
    }

    fn begin(&mut self, viewer: usize) -> Result<()> {
        let stream = self.viewers[viewer].connect()?;
        let data = epoll::EventData::new_u64(viewer as u64);
        epoll::add(&self.epoll, stream, data, epoll::EventFlags::IN | epoll::EventFlags::OUT)?;
        Ok(())
    }

    /// Waits for something to do, `longest` at most, and does it; how many handshakes were done.
    fn turn(&mut self, longest: Duration, each: &mut dyn FnMut(Arrival)) -> Result<usize> {
        let longest = self.begin_due(longest)?;
        let timeout = Timespec { tv_sec: longest.as_secs() as i64, tv_nsec: longest.subsec_nanos().into() };
        self.events.clear();
        match epoll::wait(&self.epoll, spare_capacity(&mut self.events), Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error).context("waiting for the viewers' sockets"),
        }
        let mut opened = 0;
        for at in 0..self.events.len() {
            let viewer = self.events[at].data.u64() as usize;
            let last_arrival = &mut self.last_arrival;
            let mut noted = |arrival: Arrival| {
                *last_arrival = Instant::now();
                each(arrival);
            };
            match self.viewers[viewer].turn(&mut self.scratch, &mut noted) {
                Turn::Same => {}
                Turn::Connected => self.only_read(viewer)?,
                Turn::Opened => {
                    opened += 1;
                    self.only_read(viewer)?;
                    if let Some(returning) = &mut self.returning {
                        returning.opened_at_us.push(moment::now_us());
                        returning.backoffs[viewer].connected();
                    }
                }
                Turn::Ended(why) => match &mut self.returning {
                    Some(returning) => {
                        let wait = returning.backoffs[viewer].wait();
                        returning.due.push(Reverse((Instant::now() + wait, viewer)));
                    }
                    None => bail!("viewer {viewer}: {why}"),
                },
            }
        }
        Ok(opened)
    }

    /// Begins to connect whom it is time for; how long to wait at most until the next.
    fn begin_due(&mut self, longest: Duration) -> Result<Duration> {
        loop {
            let next = self.returning.as_ref().and_then(|returning| returning.due.peek());
            let Some(Reverse((at, viewer))) = next.copied() else { return Ok(longest) };
            let left = at.saturating_duration_since(Instant::now());
            if !left.is_zero() {
                return Ok(longest.min(left));
            }
            if let Some(returning) = &mut self.returning {
                returning.due.pop();
            }
            self.begin(viewer)?;
        }
    }

    /// A connected socket can always be written to; only what comes is of interest.
    fn only_read(&self, viewer: usize) -> Result<()> {
        let stream = self.viewers[viewer].stream().context("finding a viewer's socket")?;
        epoll::modify(&self.epoll, stream, epoll::EventData::new_u64(viewer as u64), epoll::EventFlags::IN)?;
        Ok(())
    }
}

/// Lets this process open as many descriptors.
pub(crate) fn allow_descriptors(count: u64) -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= count) {
        return Ok(());
    }
    if let Some(maximum) = limit.maximum
        && maximum < count
    {
        bail!("{count} sockets are needed, and a process may have {maximum} here: see ulimit -Hn");
    }
    setrlimit(Resource::Nofile, Rlimit { current: Some(count), ..limit })
        .context("raising the limit of descriptors")
}
