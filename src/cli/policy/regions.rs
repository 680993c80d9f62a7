//! Few and wide regions for many points, so that what holds at each of them can be said in few sentences.

use super::space::{Region, Space, points_of};

/// Regions that together have every target point in them, and no point outside of `inside`. Both say of each point, by its number,
/// whether it belongs; every target point belongs to both.
pub(super) fn cover(space: &Space<'_>, target: &[bool], inside: &[bool]) -> Vec<Region> {
    let is = |points: &[bool], point: &[usize]| points.get(space.number(point)).copied().unwrap_or(false);
    let mut open = target.to_vec();
    let mut regions: Vec<Region> = Vec::new();
    for seed in space.points() {
        if !is(&open, &seed) {
            continue;
        }
        let grown = orders(space).into_iter().map(|order| grow(space, &seed, &order, &|point| is(inside, point)));
        let worth = |region: &Region| {
            (conditions(space, region), usize::MAX - points_of(region.clone()).filter(|point| is(&open, point)).count())
        };
        let Some(best) = grown.min_by_key(worth) else { continue };
        for point in points_of(best.clone()) {
            if let Some(open) = open.get_mut(space.number(&point)) {
                *open = false;
            }
        }
        regions.push(best);
    }
    without_needless(space, target, regions)
}

/// How many axes a region does not leave free.
fn conditions(space: &Space<'_>, region: &Region) -> usize {
    space.axes.iter().zip(region).filter(|(axis, classes)| classes.len() < axis.classes.len()).count()
}

/// Orders in which to let a region grow: where it grows first, it gets widest. In a large space one has to do.
fn orders(space: &Space<'_>) -> Vec<Vec<usize>> {
    const LARGE: usize = 20_000;
    let plain: Vec<usize> = (0..space.axes.len()).collect();
    if space.size() > LARGE {
        return vec![plain];
    }
    let turned = |by: usize| plain.iter().map(|axis| (axis + by) % plain.len()).collect::<Vec<_>>();
    plain.iter().map(|by| turned(*by)).flat_map(|order| [order.clone(), order.into_iter().rev().collect()]).collect()
}

/// The region around a point that cannot be widened any more.
fn grow(space: &Space<'_>, seed: &[usize], order: &[usize], inside: &dyn Fn(&[usize]) -> bool) -> Region {
    let mut region: Region = seed.iter().map(|class| vec![*class]).collect();
    for axis in order {
        let Some(classes) = space.axes.get(*axis).map(|axis| axis.classes.len()) else { continue };
        for class in 0..classes {
            let mut slab = region.clone();
            if let (Some(here), Some(wider)) = (slab.get_mut(*axis), region.get_mut(*axis))
                && !wider.contains(&class)
            {
                *here = vec![class];
                if points_of(slab).all(|point| inside(&point)) {
                    wider.push(class);
                    wider.sort_unstable();
                }
            }
        }
    }
    region
}

/// Leaves out what is not needed: regions of which the others have every target point, and of what is left, classes of which that is true. A region
/// stays free where it is free.
fn without_needless(space: &Space<'_>, target: &[bool], regions: Vec<Region>) -> Vec<Region> {
    let mut times = Times { space, target, times: vec![0; target.len()] };
    regions.iter().for_each(|region| times.add(region));
    let mut kept = Vec::new();
    for region in regions {
        if !times.is_needless(&region) {
            kept.push(region);
        } else {
            times.remove(&region);
        }
    }
    for region in &mut kept {
        for (place, axis) in space.axes.iter().enumerate() {
            let classes = region.get(place).cloned().unwrap_or_default();
            for class in classes.iter().filter(|_| classes.len() < axis.classes.len()) {
                let mut slab = region.clone();
                if let (Some(here), Some(held)) = (slab.get_mut(place), region.get_mut(place))
                    && held.len() > 1
                {
                    *here = vec![*class];
                    if times.is_needless(&slab) {
                        times.remove(&slab);
                        held.retain(|other| other != class);
                    }
                }
            }
        }
    }
    kept
}

/// In how many regions each target point is.
struct Times<'a> {
    space: &'a Space<'a>,
    target: &'a [bool],
    times: Vec<usize>,
}

impl Times<'_> {
    /// The target points of a region, by their numbers.
    fn numbers(&self, region: &Region) -> Vec<usize> {
        let numbers = points_of(region.clone()).map(|point| self.space.number(&point));
        numbers.filter(|number| self.target.get(*number) == Some(&true)).collect()
    }

    fn add(&mut self, region: &Region) {
        for number in self.numbers(region) {
            self.times.get_mut(number).into_iter().for_each(|times| *times += 1);
        }
    }

    fn remove(&mut self, region: &Region) {
        for number in self.numbers(region) {
            self.times.get_mut(number).into_iter().for_each(|times| *times -= 1);
        }
    }

    /// Whether every target point of a region is in another one too.
    fn is_needless(&self, region: &Region) -> bool {
        self.numbers(region).into_iter().all(|number| self.times.get(number).is_some_and(|times| *times > 1))
    }
}
