//! A map and a set in the order of their keys, kept as sorted vectors.
//!
//! They hold a few dozen entries at most, and they ship: where they replace B-trees, the guard is a hundred kilobytes smaller.

use core::cmp::Ordering;

use serde::{Serialize, Serializer};

/// A map in the order of its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Map<K, V>(Vec<(K, V)>);

/// A set in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set<T>(Vec<T>);

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Default for Set<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// Where something stands among so many in order, or where it would. Once for all types, since it ships: `order` tells how what stands at a place
/// compares to what is looked for.
fn search(len: usize, order: &dyn Fn(usize) -> Option<Ordering>) -> Result<usize, usize> {
    let (mut from, mut to) = (0, len);
    while from < to {
        let middle = from + (to - from) / 2;
        match order(middle) {
            Some(Ordering::Less) => from = middle + 1,
            Some(Ordering::Equal) => return Ok(middle),
            _ => to = middle,
        }
    }
    Err(from)
}

impl<K: Ord, V> Map<K, V> {
    fn position(&self, key: &K) -> Result<usize, usize> {
        search(self.0.len(), &|at| self.0.get(at).map(|(other, _)| other.cmp(key)))
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<&V> {
        self.0.get(self.position(key).ok()?).map(|(_, value)| value)
    }

    /// Whether a key has a value.
    #[must_use]
    pub fn contains_key(&self, key: &K) -> bool {
        self.position(key).is_ok()
    }

    /// Gives a key its value, and gives back the one it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.position(&key) {
            Ok(at) => self.0.get_mut(at).map(|(_, held)| core::mem::replace(held, value)),
            Err(at) => {
                self.0.insert(at, (key, value));
                None
            }
        }
    }

    /// The value of a key, made first if there is none.
    pub fn get_or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        let at = match self.position(&key) {
            Ok(at) => at,
            Err(at) => {
                self.0.insert(at, (key, make()));
                at
            }
        };
        #[allow(clippy::indexing_slicing, reason = "the place was found, or made, in this very vector")]
        &mut self.0[at].1
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keys and values.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// The keys.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.0.iter().map(|(key, _)| key)
    }

    /// The values.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.0.iter().map(|(_, value)| value)
    }
}

impl<T: Ord> Set<T> {
    fn position(&self, item: &T) -> Result<usize, usize> {
        search(self.0.len(), &|at| self.0.get(at).map(|other| other.cmp(item)))
    }

    /// Puts something in, if it is not there already.
    pub fn insert(&mut self, item: T) {
        if let Err(at) = self.position(&item) {
            self.0.insert(at, item);
        }
    }

    /// Whether something is in it.
    #[must_use]
    pub fn contains(&self, item: &T) -> bool {
        self.position(item).is_ok()
    }

    /// Puts something in, or takes it out.
    pub fn put(&mut self, item: T, there: bool) {
        match self.position(&item) {
            Ok(at) if !there => _ = self.0.remove(at),
            Err(at) if there => self.0.insert(at, item),
            _ => {}
        }
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How much is in it.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// What is in it.
    pub fn iter(&self) -> core::slice::Iter<'_, T> {
        self.0.iter()
    }

    /// What is in it, as a vector.
    #[must_use]
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl Set<String> {
    /// What is in it of this text.
    #[must_use]
    pub fn get(&self, text: &str) -> Option<&String> {
        self.0.get(search(self.0.len(), &|at| self.0.get(at).map(|other| other.as_str().cmp(text))).ok()?)
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(items: I) -> Self {
        let mut map = Self::default();
        for (key, value) in items {
            map.insert(key, value);
        }
        map
    }
}

impl<T: Ord> FromIterator<T> for Set<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut set = Self::default();
        set.extend(items);
        set
    }
}

impl<T: Ord> Extend<T> for Set<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        for item in items {
            self.insert(item);
        }
    }
}

impl<T> IntoIterator for Set<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<K: Serialize, V: Serialize> Serialize for Map<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

impl<T: Serialize> Serialize for Set<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod schema {
    use std::borrow::Cow;
    use std::collections::{BTreeMap, BTreeSet};

    use schemars::{JsonSchema, Schema, SchemaGenerator};

    use super::{Map, Set};

    impl<K: JsonSchema, V: JsonSchema> JsonSchema for Map<K, V> {
        fn schema_name() -> Cow<'static, str> {
            BTreeMap::<K, V>::schema_name()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            BTreeMap::<K, V>::json_schema(generator)
        }

        fn inline_schema() -> bool {
            true
        }
    }

    impl<T: JsonSchema> JsonSchema for Set<T> {
        fn schema_name() -> Cow<'static, str> {
            BTreeSet::<T>::schema_name()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            BTreeSet::<T>::json_schema(generator)
        }

        fn inline_schema() -> bool {
            true
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_are_what_b_trees_are(items in prop::collection::vec((0_u8..20, 0_u8..20), 0..40)) {
            let map: Map<u8, u8> = items.iter().copied().collect();
            let tree: BTreeMap<u8, u8> = items.iter().copied().collect();
            prop_assert_eq!(serde_json::to_string(&map).unwrap(), serde_json::to_string(&tree).unwrap());
            prop_assert_eq!(map.get(&7), tree.get(&7));
            let set: Set<u8> = items.iter().map(|(key, _)| *key).collect();
            let tree: BTreeSet<u8> = items.iter().map(|(key, _)| *key).collect();
            prop_assert!(set.iter().eq(tree.iter()));
            prop_assert_eq!(set.contains(&7), tree.contains(&7));
        }
    }
}
