//! Documents with arrays, indexes and queries from a seed. Values and paths come from small sets, so that they meet.

use std::ops::{Deref, DerefMut};

use bson::{Bson, DateTime, Document, bson, doc};
use twinbase_docstore::{Collation, Direction, Find, IndexSpec, Put, Strength};

use crate::random::Random;

const PATHS: [&str; 6] = ["a", "b.x", "b.y", "c", "d", "_id"];

/// What is generated from one seed.
pub(super) struct Generator(Random);

impl Deref for Generator {
    type Target = Random;

    fn deref(&self) -> &Random {
        &self.0
    }
}

impl DerefMut for Generator {
    fn deref_mut(&mut self) -> &mut Random {
        &mut self.0
    }
}

impl Generator {
    pub(super) fn new(seed: u64) -> Self {
        Self(Random::new(seed.wrapping_mul(0x2545_f491_4f6c_dd1d)))
    }

    fn scalar(&mut self) -> Bson {
        match self.below(12) {
            0 => Bson::Null,
            1 => bson!(self.pick(&["one", "One", "Öne"])),
            2 => bson!(self.pick(&["two", "TWO"])),
            3 => Bson::Double(2.5),
            4 => Bson::Double(f64::NAN),
            5 => bson!(true),
            6 => bson!({"x": 1}),
            _ => Bson::Int32(i32::try_from(self.below(5)).unwrap()),
        }
    }

    fn array(&mut self) -> Bson {
        let count = self.below(4);
        let element = |generator: &mut Self| {
            if generator.chance(8) {
                bson!([generator.scalar()])
            } else {
                generator.scalar()
            }
        };
        Bson::Array((0..count).map(|_| element(self)).collect())
    }

    fn value(&mut self, arrays: usize) -> Bson {
        if self.chance(arrays) {
            self.array()
        } else {
            self.scalar()
        }
    }

    fn inner(&mut self) -> Bson {
        let mut inner = Document::new();
        if self.chance(75) {
            inner.insert("x", self.value(10));
        }
        if self.chance(75) {
            inner.insert("y", self.scalar());
        }
        Bson::Document(inner)
    }

    fn document(&mut self) -> Document {
        let mut document = Document::new();
        if self.chance(85) {
            document.insert("a", self.value(40));
        }
        if self.chance(85) {
            let inner = if self.chance(35) {
                let count = self.below(4);
                let element = |generator: &mut Self| {
                    if generator.chance(10) {
                        generator.scalar()
                    } else {
                        generator.inner()
                    }
                };
                Bson::Array((0..count).map(|_| element(self)).collect())
            } else {
                self.inner()
            };
            document.insert("b", inner);
        }
        if self.chance(85) {
            document.insert("c", self.value(4));
        }
        if self.chance(60) {
            document.insert("d", self.scalar());
        }
        document
    }

    pub(super) fn put(&mut self, version: i64) -> Put {
        let id = format!("{:02}", self.below(40));
        Put {
            document: (!self.chance(10)).then(|| self.document()),
            id,
            version,
            at: DateTime::from_millis(0),
        }
    }

    /// The collation of a round, which most of its indexes have too.
    pub(super) fn collation(&mut self) -> Option<Collation> {
        let strength = self.pick(&[Strength::Primary, Strength::Secondary]);
        self.chance(50)
            .then(|| Collation::new("en", strength).unwrap())
    }

    pub(super) fn indexes(&mut self, collation: Option<&Collation>) -> Vec<IndexSpec> {
        let count = self.below(3) + 1;
        (0..count)
            .map(|n| {
                let keys = self.paths(3);
                let mut spec = IndexSpec {
                    name: format!("i{n}"),
                    keys: keys
                        .into_iter()
                        .map(|path| (path.to_owned(), self.direction()))
                        .collect(),
                    ..IndexSpec::default()
                };
                if spec.keys.len() == 1 && spec.keys[0].0 == "_id" {
                    spec.keys.push(("a".to_owned(), Direction::Ascending));
                }
                if self.chance(60) {
                    spec.collation = collation.cloned();
                }
                match self.below(6) {
                    0 => spec.sparse = true,
                    1 => {
                        spec.partial = Some(self.pick(&[
                            doc! {"d": {"$exists": true}},
                            doc! {"c": {"$gt": 1}},
                            doc! {"d": "One"},
                            doc! {"d": 2},
                            doc! {"a": {"$gte": 1}, "d": {"$lt": 4}},
                            doc! {"$or": [{"c": 1}, {"d": {"$in": [1, 2]}}]},
                        ]));
                    }
                    _ => {}
                }
                spec
            })
            .collect()
    }

    fn paths(&mut self, limit: usize) -> Vec<&'static str> {
        let mut paths = Vec::new();
        for _ in 0..=self.below(limit) {
            let path = self.pick(&PATHS);
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        paths
    }

    fn direction(&mut self) -> Direction {
        if self.chance(50) {
            Direction::Ascending
        } else {
            Direction::Descending
        }
    }

    fn test(&mut self) -> Bson {
        let value = self.scalar();
        match self.below(12) {
            0 => bson!({"$in": [value, self.scalar(), self.scalar()]}),
            1 => bson!({"$in": [value, self.scalar()]}),
            2 => bson!({"$gt": value}),
            3 => bson!({"$lte": value}),
            4 => bson!({"$gte": value, "$lt": self.scalar()}),
            5 => bson!({"$exists": self.chance(70)}),
            6 => bson!({"$ne": value}),
            7 => bson!({"$eq": self.array()}),
            8 => bson!({"$in": [value, self.array()]}),
            _ => bson!({"$eq": value}),
        }
    }

    fn leaf(&mut self) -> Document {
        match self.pick(&PATHS) {
            "_id" => {
                let id = format!("{:02}", self.below(40));
                let operator = self.pick(&["$gt", "$lte", "$eq"]);
                doc! { "_id": { operator: id } }
            }
            path => doc! { path: self.test() },
        }
    }

    fn filter(&mut self) -> Document {
        let count = self.below(4);
        let mut all: Vec<Document> = (0..count).map(|_| self.leaf()).collect();
        if self.chance(20) {
            all.push(doc! { "$or": [self.leaf(), { "$and": [self.leaf(), self.leaf()] }] });
        }
        // What the partial indexes of the generator ask, so that they are used.
        if self.chance(30) {
            let condition = self.pick(&[
                doc! {"d": {"$exists": true}},
                doc! {"d": 2},
                doc! {"d": "one"},
                doc! {"c": {"$gt": 2}},
                doc! {"c": 1},
            ]);
            all.push(condition);
        }
        if all.is_empty() {
            return doc! {};
        }
        doc! { "$and": all }
    }

    /// Some queries are made for one of the indexes: its first keys are known, the next ones are sorted by.
    pub(super) fn query(&mut self, indexes: &[IndexSpec]) -> Find {
        if self.chance(50) {
            let index = self.pick(indexes);
            return self.query_along(&index);
        }
        let mut sort = Document::new();
        if self.chance(75) {
            for path in self.paths(2) {
                sort.insert(path, self.pick(&[1, -1]));
            }
            if self.chance(75) {
                sort.insert("_id", self.pick(&[1, -1]));
            }
        }
        Find {
            filter: self.filter(),
            sort,
            skip: if self.chance(15) { 2 } else { 0 },
            limit: self.chance(40).then(|| 1 + self.below(8) as u64),
            ..Find::default()
        }
    }

    /// Beyond a value in one key, the same in all before, as the next page of a list is asked for; and now and then terms that
    /// have documents in common.
    fn beyond(&mut self, keys: &[(String, Direction)]) -> Document {
        let (mut same, mut terms) = (Vec::new(), Vec::new());
        for (path, _) in keys {
            let value = match path.as_str() {
                "_id" => Bson::String(format!("{:02}", self.below(40))),
                _ => self.scalar(),
            };
            let operator = self.pick(&["$gt", "$lt", "$gte"]);
            let mut all: Vec<Document> = same.clone();
            all.push(doc! { path: { operator: value.clone() } });
            terms.push(doc! { "$and": all });
            same.push(doc! { path: value });
        }
        if self.chance(30) {
            terms.push(doc! { &keys[0].0: {"$gt": self.scalar()} });
        }
        doc! { "$or": terms }
    }

    fn query_along(&mut self, index: &IndexSpec) -> Find {
        let mut all = vec![self.filter()];
        if let Some(partial) = &index.partial {
            all.push(partial.clone());
        }
        let known = self.below(index.keys.len());
        for (path, _) in &index.keys[..known] {
            let value = self.scalar();
            let test = match self.below(3) {
                0 => bson!({"$in": [value, self.scalar(), 1]}),
                _ => value,
            };
            all.push(doc! { path: test });
        }
        if self.chance(60) {
            all.remove(0);
        }
        if self.chance(40) {
            all.push(self.beyond(&index.keys[known..]));
        }
        let forward = self.pick(&[1, -1]);
        let mut sort = Document::new();
        for (path, direction) in &index.keys[known..] {
            let ascending = *direction == Direction::Ascending;
            sort.insert(path, if ascending { forward } else { -forward });
        }
        if self.chance(70) {
            sort.remove("_id");
            sort.insert("_id", forward);
        }
        Find {
            filter: if all.is_empty() {
                doc! {}
            } else {
                doc! { "$and": all }
            },
            sort,
            limit: self.chance(60).then(|| 1 + self.below(8) as u64),
            ..Find::default()
        }
    }
}
