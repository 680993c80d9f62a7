//! The lines of a log as it is read: examined ahead on all cores, and handed on one after the other, in order. Native only.
//!
//! What takes long about an entry (its hash, its form) does not depend on any other. What does depend on others sees every line exactly once, in order, with
//! or without threads. So much is read ahead as the cores have to do, and no more.

use std::collections::VecDeque;
use std::io::{self, BufRead};
use std::ops::Range;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Scope, available_parallelism, scope};

/// How many bytes of lines are examined at once, at least, unless the file ends.
const BATCH: usize = 1 << 17;

/// The most threads that are started.
const MOST_THREADS: usize = 16;

/// How a line ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With a new line.
    Line,
    /// With the file, in the middle.
    Cut,
    /// There was none: the file is over.
    File,
    /// It is too long to be read; it was skipped.
    TooLong,
}

/// A line, with what was found out about it alone.
pub(super) struct Line<'a, T> {
    pub bytes: &'a [u8],
    pub end: End,
    pub examined: T,
}

/// Lines that are examined together.
struct Batch<T> {
    bytes: Vec<u8>,
    lines: Vec<(Range<usize>, End)>,
    examined: Vec<T>,
}

impl<T> Batch<T> {
    /// The next lines, up to the end of the file at most.
    fn read(reader: &mut impl BufRead, longest: usize) -> io::Result<Self> {
        let mut batch = Self { bytes: Vec::with_capacity(BATCH), lines: Vec::new(), examined: Vec::new() };
        while batch.bytes.len() < BATCH && !batch.is_last() {
            let start = batch.bytes.len();
            let end = next_line(reader, &mut batch.bytes, longest)?;
            batch.lines.push((start..batch.bytes.len(), end));
        }
        Ok(batch)
    }

    /// Whether the file ends with it.
    fn is_last(&self) -> bool {
        matches!(self.lines.last(), Some((_, End::File | End::Cut)))
    }

    fn examine(mut self, examine: &impl Fn(&[u8]) -> T) -> Self {
        let bytes = |range: &Range<usize>| self.bytes.get(range.clone()).unwrap_or_default();
        self.examined = self.lines.iter().map(|(range, _)| examine(bytes(range))).collect();
        self
    }

    /// Hands its lines on; false if no more are wanted.
    fn hand_on(self, next: &mut impl FnMut(Line<'_, T>) -> bool) -> bool {
        let Self { bytes, lines, examined } = self;
        lines.into_iter().zip(examined).all(|((range, end), examined)| {
            let bytes = bytes.get(range).unwrap_or_default();
            next(Line { bytes, end, examined })
        })
    }
}

/// Reads lines to the end of a file, or until no more are wanted. The last is what stands behind the last new line, if only nothing. `examine` is called for
/// each line, on any thread; `next` in order, here.
///
/// # Errors
/// If the reader fails.
pub(super) fn each<T: Send>(
    mut reader: impl BufRead,
    longest: usize,
    examine: &(impl Fn(&[u8]) -> T + Sync),
    next: &mut impl FnMut(Line<'_, T>) -> bool,
) -> io::Result<()> {
    let cores = available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    let mut batch = Batch::read(&mut reader, longest)?;
    // What is short is done before a thread is started.
    if batch.is_last() || cores == 1 {
        loop {
            let is_last = batch.is_last();
            if !batch.examine(examine).hand_on(next) || is_last {
                return Ok(());
            }
            batch = Batch::read(&mut reader, longest)?;
        }
    }
    scope(|scope| {
        let workers: Vec<Worker<T>> = (0..cores).map(|_| Worker::start(scope, examine)).collect();
        let (mut turn, mut under_way, mut waiting) = (workers.iter().cycle(), VecDeque::new(), Some(batch));
        loop {
            // One for each to do, and one to go on with.
            while under_way.len() < 2 * cores
                && let (Some(batch), Some(worker)) = (waiting.take(), turn.next())
            {
                if !batch.is_last() {
                    waiting = Some(Batch::read(&mut reader, longest)?);
                }
                worker.give(batch)?;
                under_way.push_back(worker);
            }
            let Some(worker) = under_way.pop_front() else { return Ok(()) };
            if !worker.take()?.hand_on(next) {
                return Ok(());
            }
        }
    })
}

/// A thread that examines batches, in the order it is given them. It ends when nobody can give it any more.
struct Worker<T> {
    to: Sender<Batch<T>>,
    from: Receiver<Batch<T>>,
}

impl<T: Send> Worker<T> {
    fn start<'s, 'e: 's>(scope: &'s Scope<'s, 'e>, examine: &'e (impl Fn(&[u8]) -> T + Sync)) -> Self
    where
        T: 's,
    {
        let (to, given) = channel::<Batch<T>>();
        let (done, from) = channel();
        scope.spawn(move || given.into_iter().all(|batch| done.send(batch.examine(examine)).is_ok()));
        Self { to, from }
    }

    fn give(&self, batch: Batch<T>) -> io::Result<()> {
        self.to.send(batch).map_err(|_| ended())
    }

    fn take(&self) -> io::Result<Batch<T>> {
        self.from.recv().map_err(|_| ended())
    }
}

fn ended() -> io::Error {
    io::Error::other("a thread that examines entries has ended")
}

/// Puts the next line behind what is there; nothing of one that is too long.
fn next_line(reader: &mut impl BufRead, lines: &mut Vec<u8>, longest: usize) -> io::Result<End> {
    let start = lines.len();
    let mut length = 0;
    loop {
        let buffer = match reader.fill_buf() {
            Ok(buffer) => buffer,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if buffer.is_empty() {
            return Ok(if length == 0 { End::File } else { End::Cut });
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let part = buffer.get(..end.unwrap_or(buffer.len())).unwrap_or_default();
        length += part.len();
        if length <= longest {
            lines.extend_from_slice(part);
        } else {
            lines.truncate(start);
        }
        let used = part.len() + usize::from(end.is_some());
        reader.consume(used);
        if end.is_some() {
            return Ok(if length <= longest { End::Line } else { End::TooLong });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `each` hands on, as text.
    fn lines(text: &[u8], most: usize) -> Vec<(usize, End, usize)> {
        let mut lines = Vec::new();
        each(text, 1 << 20, &<[u8]>::len, &mut |line| {
            lines.push((line.bytes.len(), line.end, line.examined));
            lines.len() < most
        })
        .unwrap();
        lines
    }

    #[test]
    fn lines_come_in_order_however_many_there_are() {
        for count in [0, 1, 2, 1000, 60_000] {
            let text: String = (0..count).map(|number| "x".repeat(number % 40) + "\n").collect();
            let found = lines(text.as_bytes(), usize::MAX);
            let mut right: Vec<_> = (0..count).map(|number| (number % 40, End::Line, number % 40)).collect();
            right.push((0, End::File, 0));
            assert!(found == right, "{count}");
            assert!(lines(text.as_bytes(), 1).len() == 1);
            let cut = lines((text + "end").as_bytes(), usize::MAX);
            assert_eq!((cut.len(), cut.last()), (count + 1, Some(&(3, End::Cut, 3))));
        }
    }

    #[test]
    fn what_is_too_long_is_skipped() {
        let long = "x".repeat((1 << 20) + 1);
        assert_eq!(lines(format!("{long}\ny\n").as_bytes(), 9), [(0, End::TooLong, 0), (1, End::Line, 1), (0, End::File, 0)]);
        assert_eq!(lines(long.as_bytes(), 9), [(0, End::Cut, 0)]);
    }

    #[test]
    fn a_reader_that_fails_is_an_error() {
        struct Broken;
        impl io::Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("broken"))
            }
        }
        let sound = "line\n".repeat(100_000);
        let mut count = 0;
        let reader = io::BufReader::new(io::Read::chain(sound.as_bytes(), Broken));
        let end = each(reader, 9, &|_| (), &mut |_| {
            count += 1;
            true
        });
        assert!(end.is_err() && count < 100_000);
    }
}
