//! How much work a text is. Steps are counted, and only in tests: time would depend on the machine.

#[cfg(test)]
use core::cell::Cell;

#[cfg(test)]
thread_local! {
    static SPENT: Cell<usize> = const { Cell::new(0) };
}

/// Notes steps that were taken.
#[cfg(test)]
pub(super) fn spend(steps: usize) {
    SPENT.with(|spent| spent.set(spent.get() + steps));
}

/// Notes nothing.
#[cfg(not(test))]
pub(super) const fn spend(_: usize) {}

/// The steps that were taken since this was asked last.
#[cfg(test)]
pub(super) fn spent() -> usize {
    SPENT.with(Cell::take)
}
