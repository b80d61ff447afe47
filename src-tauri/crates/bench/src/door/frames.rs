//! WebSocket frames as a server sends them, taken from reads that split them anywhere (RFC 6455, section 5.2).

use anyhow::{Result, bail};

/// Bytes kept of a message's beginning: all before the `data` of our frames fits.
pub(crate) const HEAD_BYTES: usize = 128;
/// Longest header of a frame without a mask.
const HEADER_BYTES: usize = 10;
/// Longest payload of a ping, a pong or a close.
const CONTROL_BYTES: usize = 125;

const PING: u8 = 9;
const CLOSE: u8 = 8;

/// Something the server said, whole.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Said<'a> {
    /// A text or binary message.
    Message {
        /// Its first [`HEAD_BYTES`] at most.
        head: &'a [u8],
        payload_bytes: u64,
        /// With the headers of its frames.
        wire_bytes: u64,
    },
    /// To be answered with a pong of the same payload.
    Ping(&'a [u8]),
    /// The server closes, with this code.
    Close(Option<u16>),
}

/// What has been read of the frame and of the message that are not whole yet.
#[derive(Debug)]
pub(crate) struct Frames {
    header: Kept<HEADER_BYTES>,
    frame: Option<Frame>,
    head: Kept<HEAD_BYTES>,
    payload_bytes: u64,
    wire_bytes: u64,
    control: Kept<CONTROL_BYTES>,
}

#[derive(Debug, Clone, Copy)]
struct Frame {
    opcode: u8,
    last: bool,
    left_bytes: u64,
}

/// The first bytes of something; more than fits is let go.
#[derive(Debug)]
struct Kept<const LIMIT: usize> {
    bytes: [u8; LIMIT],
    count: usize,
}

impl<const LIMIT: usize> Kept<LIMIT> {
    const fn new() -> Self {
        Self { bytes: [0; LIMIT], count: 0 }
    }

    fn push(&mut self, bytes: &[u8]) {
        let taken = bytes.len().min(LIMIT - self.count);
        self.bytes[self.count..self.count + taken].copy_from_slice(&bytes[..taken]);
        self.count += taken;
    }

    fn get(&self) -> &[u8] {
        &self.bytes[..self.count]
    }
}

impl Frames {
    pub(crate) const fn new() -> Self {
        Self {
            header: Kept::new(),
            frame: None,
            head: Kept::new(),
            payload_bytes: 0,
            wire_bytes: 0,
            control: Kept::new(),
        }
    }

    /// Takes what one read brought and hands on what became whole by it.
    ///
    /// # Errors
    /// For what a server must not send: reserved bits, masks.
    pub(crate) fn take(&mut self, mut bytes: &[u8], mut each: impl FnMut(Said<'_>)) -> Result<()> {
        loop {
            let Some(frame) = &mut self.frame else {
                self.frame = self.begin(&mut bytes)?;
                if self.frame.is_none() {
                    return Ok(());
                }
                continue;
            };
            let here = usize::try_from(frame.left_bytes).unwrap_or(usize::MAX).min(bytes.len());
            let (payload, rest) = bytes.split_at(here);
            bytes = rest;
            frame.left_bytes -= here as u64;
            let Frame { opcode, last, left_bytes } = *frame;
            if opcode < CLOSE {
                self.payload_bytes += here as u64;
                self.head.push(payload);
            } else {
                self.control.push(payload);
            }
            if left_bytes > 0 {
                return Ok(());
            }
            self.frame = None;
            self.end(opcode, last, &mut each);
        }
    }

    /// Takes bytes until a header is whole; `None` where they do not suffice.
    fn begin(&mut self, bytes: &mut &[u8]) -> Result<Option<Frame>> {
        loop {
            let have = self.header.get();
            let needed = match have.get(1) {
                Some(126) => 4,
                Some(127) => 10,
                _ => 2,
            };
            if have.len() == needed {
                break;
            }
            let here = (needed - have.len()).min(bytes.len());
            if here == 0 {
                return Ok(None);
            }
            let (part, rest) = bytes.split_at(here);
            self.header.push(part);
            *bytes = rest;
        }
        let have = self.header.get();
        let (flags, length) = (have[0], have[1]);
        if flags & 0x70 != 0 || length & 0x80 != 0 {
            bail!("the server sent a frame with reserved bits or a mask: {have:02x?}");
        }
        let left_bytes = match have.len() {
            2 => u64::from(length),
            _ => have[2..].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
        };
        let opcode = flags & 0x0f;
        if opcode < CLOSE {
            self.wire_bytes += have.len() as u64 + left_bytes;
        }
        self.header.count = 0;
        Ok(Some(Frame { opcode, last: flags & 0x80 != 0, left_bytes }))
    }

    fn end(&mut self, opcode: u8, last: bool, each: &mut impl FnMut(Said<'_>)) {
        match opcode {
            PING => each(Said::Ping(self.control.get())),
            CLOSE => {
                let code = self.control.get().first_chunk().map(|code| u16::from_be_bytes(*code));
                each(Said::Close(code));
            }
            0..CLOSE if last => {
                let (payload_bytes, wire_bytes) = (self.payload_bytes, self.wire_bytes);
                each(Said::Message { head: self.head.get(), payload_bytes, wire_bytes });
                (self.payload_bytes, self.wire_bytes) = (0, 0);
                self.head.count = 0;
            }
            _ => {}
        }
        self.control.count = 0;
    }
}

/// A frame as a client sends it: masked. `payload` has at most 65 535 bytes.
pub(crate) fn masked(opcode: u8, payload: &[u8]) -> Vec<u8> {
    // The mask hides nothing here; any will do.
    const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
    let mut frame = vec![0x80 | opcode];
    match u8::try_from(payload.len()) {
        Ok(length) if usize::from(length) <= CONTROL_BYTES => frame.push(0x80 | length),
        _ => {
            frame.push(0x80 | 126);
            frame.extend((payload.len() as u16).to_be_bytes());
        }
    }
    frame.extend(MASK);
    frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

/// A frame as a server sends it: text padded with spaces, `wire_bytes` long with its header of four bytes.
pub(crate) fn text_frame(text: &str, wire_bytes: u16) -> Vec<u8> {
    let length = wire_bytes.saturating_sub(4);
    let mut frame = vec![0x81, 126];
    frame.extend(length.to_be_bytes());
    frame.extend(text.bytes());
    frame.resize(wire_bytes.into(), b' ');
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said when `bytes` come in reads of `step` bytes, in words.
    fn heard(bytes: &[u8], step: usize) -> Vec<String> {
        let mut frames = Frames::new();
        let mut words = Vec::new();
        for read in bytes.chunks(step) {
            frames
                .take(read, |said| {
                    words.push(match said {
                        Said::Message { head, payload_bytes, wire_bytes } => {
                            format!("{} {payload_bytes} {wire_bytes}", String::from_utf8_lossy(head))
                        }
                        Said::Ping(payload) => format!("ping {}", String::from_utf8_lossy(payload)),
                        Said::Close(code) => format!("close {code:?}"),
                    });
                })
                .unwrap();
        }
        words
    }

    #[test]
    fn messages_come_out_whole_however_the_reads_split_them() {
        let mut bytes = vec![0x81, 2, b'h', b'i', 0x89, 1, b'p', 0x82, 0];
        let long = "x".repeat(300);
        bytes.extend([0x81, 126, 1, 44]);
        bytes.extend(long.bytes());
        // In two frames, with a ping between them.
        bytes.extend([0x01, 1, b'a', 0x89, 0, 0x80, 1, b'b']);
        bytes.extend([0x82, 127, 0, 0, 0, 0, 0, 1, 0x11, 0x70]);
        bytes.resize(bytes.len() + 70_000, b'y');
        bytes.extend([0x88, 2, 3, 0xf5]);
        let whole = heard(&bytes, usize::MAX);
        assert_eq!(whole[..3], ["hi 2 4", "ping p", " 0 2"]);
        assert_eq!(whole[3], format!("{} 300 304", &long[..HEAD_BYTES]));
        assert_eq!(whole[4..6], ["ping ", "ab 2 6"]);
        assert!(whole[6].ends_with("y 70000 70010"), "{}", whole[6]);
        assert_eq!(whole[7..], ["close Some(1013)"]);
        for step in [1, 2, 3, 5, 7, 64, 127, 1000] {
            assert_eq!(heard(&bytes, step), whole, "in reads of {step}");
        }
    }

    #[test]
    fn what_a_server_must_not_send_is_an_error() {
        for header in [[0xc1, 0], [0x81, 0x80]] {
            assert!(Frames::new().take(&header, |_| {}).is_err(), "{header:02x?}");
        }
    }

    #[test]
    fn frames_of_the_floor_have_the_size_asked_for_and_are_read_back() {
        for wire_bytes in [100, 129, 2_000, u16::MAX] {
            let frame = text_frame("{}", wire_bytes);
            assert_eq!(frame.len(), usize::from(wire_bytes));
            assert!(heard(&frame, 1000)[0].ends_with(&format!(" {wire_bytes}")));
        }
    }

    #[test]
    fn a_masked_frame_says_its_length_and_unmasks_to_what_was_said() {
        for (length, header) in [(0, 6), (125, 6), (126, 8), (300, 8)] {
            let said = vec![b'x'; length];
            let frame = masked(1, &said);
            assert_eq!(frame.len(), header + length);
            let mask = &frame[header - 4..header];
            let back: Vec<u8> = frame[header..].iter().zip(mask.iter().cycle()).map(|(b, m)| b ^ m).collect();
            assert_eq!(back, said);
        }
    }
}
