//! Documents and queries from a seed. Values come from a small set, so that types mix, arrays and missing fields are common,
//! and a query finds something.
//!
//! Where mongo-java-server 1.47 differs from MongoDB, nothing is generated; our own tests hold what MongoDB does there:
//! - an expression path through an array (`"$b.x"` over documents in `b`) breaks its connection or groups wrongly;
//! - a position that is an array (`a.0` of `[[1]]`) is entered again, which MongoDB's own path tests forbid;
//! - `$exists` of a path through an array looks only at some of its elements;
//! - a negation does not find an empty array in the middle of a path, and a position in the middle of one counts no field as missing;
//! - `$not` of a path through an array is true when it is for one element; `{}` equals everything, and `[]` not even `[]` in a list;
//! - in a document to be equal to, a null equals everything and, within arrays, only the first fields are compared;
//! - `$in` finds no whole array;
//! - arrays inside of arrays are entered and not compared; null is found in an array of scalars by a path below it;
//! - a position behind the end of an array counts as null there, and not in MongoDB;
//! - of `b.0`, MongoDB also tries the field named `0` of every element, and finds null where it is missing;
//! - a projection below a path keeps what is no document in an array;
//! - a regular expression matches the text of numbers and booleans; with one in `$in`, arrays in the list are not found;
//! - arrays inside of arrays are sorted by no rule that could be found;
//! - `$group` by a field with arrays makes groups of its own;
//! - `$gte` and `$lte` of null do not find a missing field;
//! - `$all` finds no scalar, `$elemMatch` of a projection knows only conditions on documents, `$exists` in an `$elemMatch` finds
//!   nothing, and `$slice` cannot be combined with fields that are left out and breaks the connection where there is no array.

use std::ops::{Deref, DerefMut};

use bson::{Bson, DateTime, Document, Regex, bson, doc};
use twinbase_docstore::Find;

use super::Question;
use crate::random::Random;

/// What is generated from one seed, and the name of the collection that it is asked of.
pub(super) struct Generator(Random, String);

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
    pub(super) fn new(seed: u64, collection: &str) -> Self {
        Self(Random::new(seed), collection.to_owned())
    }

    pub(super) fn collection(&self) -> &str {
        &self.1
    }

    /// `n` is always a number, `s` a string or missing, `m` a scalar of any type or missing, `l` one or a list of them; `a` is anything; `b` a document, or documents in an array.
    pub(super) fn document(&mut self, n: usize) -> Document {
        let mut document = doc! { "_id": format!("{n:02}"), "n": self.number() };
        if self.chance(80) {
            document.insert("a", self.value(1));
        }
        if self.chance(80) {
            document.insert("l", self.list());
        }
        if self.chance(80) {
            document.insert("m", self.scalar());
        }
        if self.chance(70) {
            document.insert("s", self.pick(&["apple", "Apple", "pear", "plum pie", ""]));
        }
        match self.below(10) {
            0..5 => drop(document.insert("b", self.inner())),
            5..8 => {
                let count = self.below(3) + 1;
                let inner: Vec<Document> = (0..count).map(|_| self.inner()).collect();
                document.insert("b", inner);
            }
            8 => drop(document.insert("b", self.scalar())),
            _ => {}
        }
        document
    }

    /// A scalar, or several in an array.
    fn list(&mut self) -> Bson {
        let count = self.below(4);
        if count == 0 {
            self.scalar()
        } else {
            Bson::Array((0..count).map(|_| self.scalar()).collect())
        }
    }

    fn inner(&mut self) -> Document {
        let mut inner = Document::new();
        if self.chance(75) {
            inner.insert("x", self.value(1));
        }
        if self.chance(50) {
            inner.insert("y", self.number());
        }
        inner
    }

    fn value(&mut self, depth: usize) -> Bson {
        match self.below(10) {
            0..2 if depth > 0 => {
                let count = self.below(4);
                Bson::Array((0..count).map(|_| self.value(depth - 1)).collect())
            }
            2 if depth > 0 => Bson::Document(self.inner()),
            _ => self.scalar(),
        }
    }

    /// Whole and half numbers only: sums of them are exact in any order.
    pub(super) fn number(&mut self) -> Bson {
        match self.below(3) {
            0 => Bson::Int32(i32::try_from(self.below(5)).unwrap() - 1),
            1 => Bson::Int64(i64::try_from(self.below(5)).unwrap() - 1),
            _ => Bson::Double(self.pick(&[-1.0, 0.5, 1.0, 2.0, 2.5])),
        }
    }

    fn scalar(&mut self) -> Bson {
        match self.below(9) {
            0..4 => self.number(),
            4 => Bson::String(self.pick(&["", "a", "b", "1"]).to_owned()),
            5 => Bson::Null,
            6 => Bson::Boolean(self.chance(50)),
            7 => Bson::DateTime(DateTime::from_millis(i64::try_from(self.below(3)).unwrap())),
            _ => Bson::String(self.pick(&["A", "ab"]).to_owned()),
        }
    }

    fn not_null(&mut self) -> Bson {
        match self.scalar() {
            Bson::Null => self.number(),
            value => value,
        }
    }

    fn path(&mut self) -> String {
        self.pick(&[
            "a", "a", "b", "b.x", "b.x", "b.y", "n", "s", "l.0", "l", "m", "none",
        ])
        .to_owned()
    }

    pub(super) fn question(&mut self) -> Question {
        match self.below(10) {
            0..5 => Question::Find(Box::new(self.filtered())),
            5 => Question::Find(Box::new(self.sorted())),
            6 => Question::Find(Box::new(self.projected())),
            7 => Question::Pipeline(self.pipeline()),
            _ => Question::Pipeline(self.staged()),
        }
    }

    fn filtered(&mut self) -> Find {
        Find {
            filter: self.filter(2),
            sort: doc! {"_id": 1},
            ..Find::default()
        }
    }

    fn sorted(&mut self) -> Find {
        let mut sort = self.sort();
        sort.insert("_id", self.pick(&[1, -1]));
        let limit = u64::try_from(self.below(20) + 1).unwrap();
        Find {
            filter: self.filter(0),
            sort,
            skip: u64::try_from(self.below(4)).unwrap(),
            limit: Some(limit),
            ..Find::default()
        }
    }

    fn sort(&mut self) -> Document {
        let path = self.pick(&["l", "n", "s", "m", "b.y", "none"]);
        let mut sort = doc! { path: self.pick(&[1, -1]) };
        if self.chance(30) {
            sort.insert("n", self.pick(&[1, -1]));
        }
        sort
    }

    fn projected(&mut self) -> Find {
        let paths: &[&str] = self.pick(&[
            &["a"][..],
            &["a", "b"],
            &["b.x"],
            &["b.y", "n"],
            &["b.x", "s"],
            &["none"],
        ]);
        let keep = self.chance(50);
        let mut projection: Document = paths
            .iter()
            .map(|path| ((*path).to_owned(), bson!(i32::from(keep))))
            .collect();
        if self.chance(30) {
            projection.insert("_id", 0);
        }
        if keep && self.chance(30) {
            projection = doc! { "n": 1, "b": { "$elemMatch": { "y": self.comparison() } } };
        }
        Find {
            sort: doc! {"_id": 1},
            projection,
            ..Find::default()
        }
    }

    pub(super) fn filter(&mut self, depth: usize) -> Document {
        if depth > 0 && self.chance(30) {
            let operator = self.pick(&["$and", "$or", "$nor"]);
            let count = self.below(2) + 1;
            let filters: Vec<Document> = (0..count).map(|_| self.filter(depth - 1)).collect();
            return doc! { operator: filters };
        }
        let path = self.path();
        if self.chance(10) {
            return doc! { path: self.scalar() };
        }
        if self.chance(20) {
            let operator = self.pick(&["$eq", "$ne"]);
            return doc! { self.operand_path(): { operator: self.operand() } };
        }
        if self.chance(20) {
            return doc! { self.operand_path(): self.operand() };
        }
        if self.chance(10) {
            let path = self.pick(&["m", "n", "s", "none"]);
            return doc! { path: { "$not": self.operator() } };
        }
        if self.chance(10) {
            let path = self.pick(&["a", "b", "s", "m", "none"]);
            return doc! { path: { "$exists": self.chance(50) } };
        }
        if self.chance(10) {
            let (pattern, options) = self.pick(&[
                ("^a", "i"),
                ("P", ""),
                ("e$", "m"),
                ("p.e", "s"),
                ("^$", ""),
            ]);
            return doc! { "s": { "$regex": pattern, "$options": options } };
        }
        if self.chance(30) {
            return self.of_arrays_and_types();
        }
        doc! { path: self.operator() }
    }

    /// The operators of arrays and types, and their negations.
    fn of_arrays_and_types(&mut self) -> Document {
        let (path, operator) = match self.below(6) {
            0 => ("l", doc! { "$size": i32::try_from(self.below(4)).unwrap() }),
            1 => {
                let count = self.below(2) + 1;
                let values: Vec<Bson> = (0..count).map(|_| self.not_null()).collect();
                // An array, because the server finds no scalar.
                return doc! { "l": { "$all": values }, "l.0": { "$exists": true } };
            }
            2 => {
                let types: Vec<&str> = (0..=self.below(2))
                    .map(|_| {
                        self.pick(&[
                            "string", "int", "long", "double", "bool", "null", "date", "number",
                        ])
                    })
                    .collect();
                (self.pick(&["m", "n", "s", "none"]), doc! { "$type": types })
            }
            3 => {
                let (divisor, remainder) = (self.pick(&[1, 2, 3, -2]), self.pick(&[0, 1, -1]));
                (
                    self.pick(&["n", "m"]),
                    doc! { "$mod": [divisor, remainder] },
                )
            }
            4 => ("l", doc! { "$elemMatch": self.comparison() }),
            _ => {
                let mut inner = doc! { "y": self.comparison() };
                if self.chance(50) {
                    inner.insert("x", self.not_null());
                }
                ("b", doc! { "$elemMatch": inner })
            }
        };
        if self.chance(20) {
            return doc! { path: { "$not": operator } };
        }
        doc! { path: operator }
    }

    fn comparison(&mut self) -> Document {
        let mut comparison = doc! { self.pick(&["$gt", "$gte", "$ne", "$eq"]): self.number() };
        if self.chance(50) {
            comparison.insert(self.pick(&["$lt", "$lte"]), self.number());
        }
        comparison
    }

    /// Where whole documents and arrays are compared.
    fn operand_path(&mut self) -> String {
        self.pick(&["a", "b.x", "l", "m", "none"]).to_owned()
    }

    /// Neither an empty document nor an empty array, which the server finds everywhere and nowhere.
    fn operand(&mut self) -> Bson {
        match self.below(8) {
            0 => Bson::Array((0..=self.below(2)).map(|_| self.scalar()).collect()),
            1 => bson!({ "x": self.not_null(), "y": self.number() }),
            _ => self.scalar(),
        }
    }

    fn operator(&mut self) -> Document {
        match self.below(7) {
            0 => doc! { "$eq": self.scalar() },
            1 => doc! { "$ne": self.scalar() },
            2..5 => {
                let operator = self.pick(&["$gt", "$gte", "$lt", "$lte"]);
                doc! { operator: self.not_null() }
            }
            5 => {
                let operator = self.pick(&["$in", "$nin"]);
                let count = self.below(3);
                let values: Vec<Bson> = (0..count).map(|_| self.scalar()).collect();
                doc! { operator: values }
            }
            _ => {
                let regex = Regex {
                    pattern: "^A".try_into().unwrap(),
                    options: "i".try_into().unwrap(),
                };
                doc! { "$in": [Bson::RegularExpression(regex), self.scalar()] }
            }
        }
    }

    fn pipeline(&mut self) -> Vec<Document> {
        let mut stages = Vec::new();
        if self.chance(50) {
            stages.push(doc! { "$match": self.filter(1) });
        }
        match self.below(5) {
            0..3 => {
                stages.push(self.group());
                stages.push(doc! { "$sort": { "_id": self.pick(&[1, -1]) } });
                if self.chance(30) {
                    stages.push(doc! { "$project": { "total": "$sum", "min": 1 } });
                }
            }
            3 => {
                let mut sort = self.sort();
                sort.insert("_id", 1);
                stages.push(doc! { "$sort": sort });
                stages.push(doc! { "$skip": i32::try_from(self.below(3)).unwrap() });
                stages.push(doc! { "$limit": i32::try_from(self.below(9)).unwrap() + 1 });
                stages.push(
                    doc! { "$project": { "value": "$a", "n": 1, "word": { "$literal": "$s" } } },
                );
            }
            _ => stages.push(doc! { "$count": "count" }),
        }
        stages
    }

    fn group(&mut self) -> Document {
        let id = self.pick(&[
            bson!("$s"),
            bson!("$n"),
            Bson::Null,
            bson!({"s": "$s", "n": "$n"}),
            bson!("$m"),
        ]);
        let path = self.pick(&["$n", "$n", "$m", "$s"]);
        doc! { "$group": {
            "_id": id,
            "sum": { "$sum": path },
            "avg": { "$avg": path },
            "min": { "$min": path },
            "max": { "$max": path },
            "ones": { "$sum": 1 },
        } }
    }
}
