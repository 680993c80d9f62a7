//! The lines of a log as it is read: examined ahead on all cores, and handed on one after the other, in order. Native only.
//!
//! What takes long about an entry (its hash, its form) does not depend on any other. What does depend on others sees every line exactly once, in order, with
//! or without threads. So much is read ahead as the cores have to do, and no more.

use std::collections::VecDeque;
use std::io::{self, BufRead};
use std::ops::Range;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Scope, available_parallelism, scope};

use memchr::memchr;

/// How many bytes of lines are examined at once, at least, unless the file ends.
const BATCH: usize = 1 << 18;

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
    pub examined: &'a T,
}

/// Lines that are examined together. It goes to a thread and comes back again and again, so that what a thread made is also thrown away by it: memory that
/// goes from one to another makes them wait for each other.
struct Batch<T> {
    bytes: Vec<u8>,
    lines: Vec<(Range<usize>, End)>,
    examined: Vec<T>,
}

impl<T> Batch<T> {
    const fn new() -> Self {
        Self { bytes: Vec::new(), lines: Vec::new(), examined: Vec::new() }
    }

    /// Takes the next lines instead of those it has, up to the end of the file at most.
    fn read(mut self, reader: &mut impl BufRead, longest: usize) -> io::Result<Self> {
        self.bytes.clear();
        self.lines.clear();
        while self.bytes.len() < BATCH && !self.is_last() {
            let start = self.bytes.len();
            let end = next_line(reader, &mut self.bytes, longest)?;
            self.lines.push((start..self.bytes.len(), end));
        }
        Ok(self)
    }

    /// Whether the file ends with it.
    fn is_last(&self) -> bool {
        matches!(self.lines.last(), Some((_, End::File | End::Cut)))
    }

    fn bytes(&self, range: &Range<usize>) -> &[u8] {
        self.bytes.get(range.clone()).unwrap_or_default()
    }

    fn examine(mut self, examine: &impl Fn(&[&[u8]]) -> Vec<T>) -> Self {
        self.examined.clear();
        let lines: Vec<&[u8]> = self.lines.iter().map(|(range, _)| self.bytes(range)).collect();
        let examined = examine(&lines);
        // Or else a line would go by unseen.
        assert_eq!(examined.len(), lines.len(), "something is found out about every line");
        self.examined = examined;
        self
    }

    /// Hands its lines on; false if no more are wanted.
    fn hand_on(&self, next: &mut impl FnMut(Line<'_, T>) -> bool) -> bool {
        let mut lines = self.lines.iter().zip(&self.examined);
        lines.all(|((range, end), examined)| next(Line { bytes: self.bytes(range), end: *end, examined }))
    }
}

/// Reads lines to the end of a file, or until no more are wanted. The last is what stands behind the last new line, if only nothing. `examine` is called with
/// many lines, on any thread, and says of each what it found; `next` is called with one after the other, here.
///
/// # Errors
/// If the reader fails.
pub(super) fn each<T: Send>(
    mut reader: impl BufRead,
    longest: usize,
    examine: &(impl Fn(&[&[u8]]) -> Vec<T> + Sync),
    next: &mut impl FnMut(Line<'_, T>) -> bool,
) -> io::Result<()> {
    let cores = available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    let mut batch = Batch::new().read(&mut reader, longest)?;
    // What is short is done before a thread is started.
    if batch.is_last() || cores == 1 {
        loop {
            batch = batch.examine(examine);
            if !batch.hand_on(next) || batch.is_last() {
                return Ok(());
            }
            batch = batch.read(&mut reader, longest)?;
        }
    }
    scope(|scope| {
        let workers: Vec<Worker<T>> = (0..cores).map(|_| Worker::start(scope, examine)).collect();
        // One batch for each to do, and one to go on with; the first is read already.
        let (mut under_way, mut first, mut is_over) = (VecDeque::new(), Some(batch), false);
        for worker in workers.iter().cycle().take(2 * cores) {
            if is_over {
                break;
            }
            let batch = first.take().map_or_else(|| Batch::new().read(&mut reader, longest), Ok)?;
            is_over = batch.is_last();
            worker.give(batch)?;
            under_way.push_back(worker);
        }
        while let Some(worker) = under_way.pop_front() {
            let mut batch = worker.take()?;
            if !batch.hand_on(next) {
                break;
            }
            if !is_over {
                batch = batch.read(&mut reader, longest)?;
                is_over = batch.is_last();
                worker.give(batch)?;
                under_way.push_back(worker);
            }
        }
        Ok(())
    })
}

/// A thread that examines batches, in the order it is given them. It ends when nobody can give it any more.
struct Worker<T> {
    to: Sender<Batch<T>>,
    from: Receiver<Batch<T>>,
}

impl<T: Send> Worker<T> {
    fn start<'s, 'e: 's>(scope: &'s Scope<'s, 'e>, examine: &'e (impl Fn(&[&[u8]]) -> Vec<T> + Sync)) -> Self
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
        let end = memchr(b'\n', buffer);
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
        let examine = |lines: &[&[u8]]| lines.iter().map(|line| line.len()).collect();
        each(text, 1 << 20, &examine, &mut |line| {
            lines.push((line.bytes.len(), line.end, *line.examined));
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
        let end = each(reader, 9, &|lines| vec![(); lines.len()], &mut |_| {
            count += 1;
            true
        });
        assert!(end.is_err() && count < 100_000);
    }
}
