//! Makes documents, indexes and questions. The examples of the contract are the grammar: each is varied by putting other examples,
//! values and nonsense in the places of its parts, so an operator that is added is asked for without a line here.

use bson::{Bson, Document, Regex, bson, doc};
use twinbase_docstore::language::{Place, families};
use twinbase_docstore::{Collation, Direction, Find, IndexSpec, Strength};

use super::Question;
use super::guard::World;
use super::values::{NOT_PATHS, PATHS};
use crate::contract;
use crate::random::Random;

/// How deep examples are put into one another.
const DEPTH: usize = 4;
/// Stages that keep an order that is given, or make their own of it.
const ORDERLY: [&str; 11] = [
    "$match",
    "$project",
    "$addFields",
    "$set",
    "$unset",
    "$replaceRoot",
    "$replaceWith",
    "$unwind",
    "$skip",
    "$limit",
    "$count",
];

pub(super) struct Maker {
    pub(super) random: Random,
    examples: Vec<(Place, Bson)>,
    /// Whether the world has a text index to be asked.
    searches: bool,
}

impl Maker {
    pub(super) fn new(seed: u64) -> Self {
        let examples = families().flat_map(|family| {
            let examples = family
                .operators
                .iter()
                .filter(|operator| !operator.example.is_empty());
            examples.map(|operator| {
                (
                    family.place,
                    serde_json::from_str(operator.example).unwrap(),
                )
            })
        });
        Self {
            random: Random::new(seed),
            examples: examples.collect(),
            searches: false,
        }
    }

    pub(super) fn world(&mut self) -> World {
        let count = self.random.below(60) + 2;
        let mut documents: Vec<Document> = (0..count).map(|n| self.document(n)).collect();
        if self.random.chance(30) {
            documents.push(doc! { "_id": "big", "n": 5, "s": "lorem ipsum ".repeat(2_000), "a": (0..5_000).collect::<Vec<i32>>() });
        }
        let count = self.random.below(4);
        let strength = self.random.pick(&[Strength::Primary, Strength::Secondary]);
        let collated = self.random.chance(30);
        let collation = collated.then(|| Collation::new("en", strength).unwrap());
        let indexes = (0..count).map(|n| self.index(n, collation.as_ref()));
        let mut indexes: Vec<IndexSpec> = indexes.collect();
        self.searches = self.random.chance(40);
        if self.searches {
            indexes.push(self.text_index());
        }
        World {
            documents,
            indexes,
            collation,
        }
    }

    /// The document of the examples, with other values in some of its fields.
    fn document(&mut self, n: usize) -> Document {
        let mut document = contract::document();
        document.insert("_id", format!("{n:03}"));
        let names: Vec<String> = document.keys().skip(1).cloned().collect();
        for name in names {
            match self.random.below(10) {
                0..4 => {}
                4 => drop(document.remove(name)),
                5..9 => drop(document.insert(name, self.value(2))),
                _ => drop(document.insert(name, self.scalar())),
            }
        }
        if self.random.chance(5) {
            self.flipped(document)
        } else {
            document
        }
    }

    fn index(&mut self, n: usize, collation: Option<&Collation>) -> IndexSpec {
        let collation = collation.filter(|_| self.random.chance(70)).cloned();
        let count = self.random.below(3) + 1;
        let keys = (0..count).map(|_| {
            let direction = self
                .random
                .pick(&[Direction::Ascending, Direction::Descending]);
            let path = if self.random.chance(5) {
                self.random.pick(&NOT_PATHS)
            } else {
                self.random.pick(&PATHS)
            };
            (path.to_owned(), direction)
        });
        IndexSpec {
            collation,
            name: format!("i{n}"),
            keys: keys.collect(),
            unique: false,
            sparse: self.random.chance(15),
            partial: self.random.chance(20).then(|| self.filter()),
            text: None,
        }
    }

    /// A question, and whether an index may change nothing of its answer.
    pub(super) fn question(&mut self) -> (Question, bool) {
        match self.random.below(20) {
            0..6 => self.find(),
            6..8 => (Question::Count(self.filter()), true),
            8 => (self.deep(), false),
            9 => (self.wide(), false),
            10..14 => self.ordered(),
            14 => self.joined(),
            _ => {
                let count = self.random.below(4) + 1;
                let stages = (0..count).map(|_| self.stage()).collect();
                (Question::Pipeline(stages), false)
            }
        }
    }

    fn find(&mut self) -> (Question, bool) {
        let total = self.random.chance(60);
        let mut find = Find {
            filter: self.filter(),
            ..Find::default()
        };
        if total || self.random.chance(20) {
            find.sort = self.sort(total);
        }
        if total && self.random.chance(40) {
            find.skip = self.random.bits() % 5;
            find.limit = Some(self.random.bits() % 9);
        }
        if self.random.chance(30) {
            find.projection = self.projection();
        }
        let comparable = total || find.sort.is_empty();
        (Question::Find(find), comparable)
    }

    /// A pipeline whose documents have one order, whatever the index: what orderly stages make of them is the same.
    fn ordered(&mut self) -> (Question, bool) {
        let mut stages = vec![
            doc! { "$match": self.filter() },
            doc! { "$sort": self.sort(true) },
        ];
        for _ in 0..self.random.below(3) {
            stages.push(self.stage());
        }
        let orderly = stages[2..].iter().all(|stage| {
            stage.keys().all(|name| ORDERLY.contains(&name.as_str()))
                && !stage.to_string().contains("$$NOW")
        });
        (Question::Pipeline(stages), orderly)
    }

    /// A join, of which the number of documents is the same in any order.
    fn joined(&mut self) -> (Question, bool) {
        let (local, foreign) = (self.random.pick(&PATHS), self.random.pick(&PATHS));
        let lookup = doc! { "from": "c", "localField": local, "foreignField": foreign, "as": "r" };
        let stages = vec![
            doc! { "$sort": { "_id": 1 } },
            doc! { "$limit": 20 },
            doc! { "$lookup": lookup },
            doc! { "$project": { "count": { "$size": "$r" } } },
        ];
        (Question::Pipeline(stages), true)
    }

    fn sort(&mut self, total: bool) -> Document {
        let mut sort = Document::new();
        for _ in 0..self.random.below(3) {
            sort.insert(self.path(), self.random.pick(&[1, -1]));
        }
        if self.searches && self.random.chance(15) {
            sort.insert("score", doc! { "$meta": "textScore" });
        }
        if total {
            sort.insert("_id", self.random.pick(&[1, -1]));
        }
        sort
    }

    fn filter(&mut self) -> Document {
        let mut filter = Document::new();
        for _ in 0..=self.random.below(2) {
            let example = match self.random.below(6) {
                0 => Bson::Document(doc! { self.path(): self.scalar() }),
                1 => {
                    let operator = self
                        .random
                        .pick(&["$gt", "$gte", "$lt", "$lte", "$eq", "$ne"]);
                    Bson::Document(doc! { self.path(): { operator: self.scalar() } })
                }
                _ => self.example(Place::Filter, 0),
            };
            if let Bson::Document(example) = example {
                filter.extend(example);
            }
        }
        if self.searches && self.random.chance(30) {
            filter.extend(self.search());
        }
        // Without it the same fields would be asked for again and again.
        if self.random.chance(50) {
            self.elsewhere(filter)
        } else {
            filter
        }
    }

    /// The same filter of other paths.
    fn elsewhere(&mut self, filter: Document) -> Document {
        let mut moved = Document::new();
        for (name, value) in filter {
            let name = if name.starts_with('$') {
                name
            } else {
                self.path()
            };
            moved.insert(name, value);
        }
        moved
    }

    fn projection(&mut self) -> Document {
        if self.random.chance(30)
            && let Bson::Document(projection) = self.example(Place::Projection, 0)
        {
            return projection;
        }
        let keep = self.random.pick(&[1, 0]);
        (0..=self.random.below(3))
            .map(|_| (self.path(), Bson::Int32(keep)))
            .collect()
    }

    fn stage(&mut self) -> Document {
        let stage = match self.random.below(8) {
            0 => Bson::Document(doc! { "$match": self.filter() }),
            1 => bson!({ "$project": { "r": self.example(Place::Expression, 0), "_id": 1 } }),
            2 => {
                bson!({ "$group": { "_id": self.expression(1), "r": self.example(Place::Accumulator, 0) } })
            }
            3 => {
                let output = self.example(Place::Window, 0);
                bson!({ "$setWindowFields": { "sortBy": self.sort(true), "output": { "r": output } } })
            }
            _ => self.example(Place::Stage, 0),
        };
        match stage {
            Bson::Document(stage) if self.random.chance(4) => self.flipped(stage),
            Bson::Document(stage) => stage,
            _ => Document::new(),
        }
    }

    /// An example of a place, varied. There may be none: then it is a value.
    fn example(&mut self, place: Place, depth: usize) -> Bson {
        let of: Vec<usize> = (0..self.examples.len())
            .filter(|at| self.examples[*at].0 == place)
            .collect();
        if of.is_empty() {
            return self.scalar();
        }
        let at = self.random.pick(&of);
        let example = self.examples[at].1.clone();
        self.vary(example, depth, 0)
    }

    fn expression(&mut self, depth: usize) -> Bson {
        match self.random.below(4) {
            0 => Bson::String(format!("${}", self.path())),
            1 => self.scalar(),
            _ if depth < DEPTH => self.example(Place::Expression, depth),
            _ => Bson::String("$n".to_owned()),
        }
    }

    /// The outermost level stays as it is: it is what makes the example one of its operator.
    fn vary(&mut self, value: Bson, depth: usize, level: usize) -> Bson {
        if level > 1 || !matches!(value, Bson::Document(_)) {
            match self.random.below(100) {
                0..8 => return self.expression(depth + 1),
                8..12 => return self.scalar(),
                12 => return self.value(3),
                13 if level > 1 => return self.nonsense(),
                _ => {}
            }
        }
        match value {
            Bson::Document(document) => {
                let mut varied = Document::new();
                for (name, part) in document {
                    match self.random.below(200) {
                        0 => {}
                        1 => drop(varied.insert(self.random.pick(&NOT_PATHS), part)),
                        _ => drop(varied.insert(name, self.vary(part, depth, level + 1))),
                    }
                }
                Bson::Document(varied)
            }
            Bson::Array(elements) => {
                let mut varied: Vec<Bson> = elements
                    .into_iter()
                    .map(|part| self.vary(part, depth, level + 1))
                    .collect();
                match self.random.below(40) {
                    0 => drop(varied.pop()),
                    1 => varied.push(self.expression(depth + 1)),
                    _ => {}
                }
                Bson::Array(varied)
            }
            Bson::Int32(_) if self.random.chance(15) => self.number(),
            other => other,
        }
    }

    /// Nested deeper than anything that is understood, in one of several ways.
    fn deep(&mut self) -> Question {
        let levels = self.random.pick(&[20, 90, 110, 170, 190, 1_000]);
        let way = self.random.below(6);
        let mut value = Bson::Int32(1);
        for _ in 0..levels {
            value = match way {
                0 => bson!({ "$and": [value] }),
                1 => bson!({ "$not": value }),
                2 => bson!({ "a": value }),
                3 => bson!([value]),
                4 => bson!({ "$add": [value, 1] }),
                _ => bson!({ "$let": { "vars": { "v": value }, "in": "$$v" } }),
            };
        }
        match self.random.below(4) {
            0 => Question::Count(doc! { "n": value }),
            1 => Question::Count(doc! { "$expr": value }),
            2 => Question::Pipeline(vec![doc! { "$project": { "r": value } }]),
            _ => Question::Pipeline(vec![doc! { "$group": { "_id": value } }]),
        }
    }

    /// More of something than anybody writes by hand, or work that multiplies.
    fn wide(&mut self) -> Question {
        let many = self.random.pick(&[100, 2_000, 9_000]);
        let range = bson!({ "$range": [0, 20_000] });
        let pattern = self.random.pick(&[
            "(\\w{1,50}\\s?){1,50}z",
            "(a|b|ab)*c",
            "(.*)(.*)(.*)x",
            "[a-z]{1,200}$",
        ]);
        match self.random.below(8) {
            0 => Question::Count(
                doc! { "$or": (0..many).map(|n| bson!({ "n": { "$gt": n } })).collect::<Vec<_>>() },
            ),
            1 => Question::Count(
                doc! { self.path(): { "$in": (0..many).map(|_| self.scalar()).collect::<Vec<_>>() } },
            ),
            2 => {
                let patterns = (0..many).map(|n| {
                    Bson::RegularExpression(Regex {
                        pattern: format!("x{n}").try_into().unwrap(),
                        options: "i".try_into().unwrap(),
                    })
                });
                Question::Count(doc! { "s": { "$in": patterns.collect::<Vec<_>>() } })
            }
            3 => Question::Count(doc! { "s": { "$regex": pattern } }),
            4 => {
                let mut group = doc! { "_id": null };
                group.extend(
                    (0..many).map(|n| (format!("f{n}"), self.example(Place::Accumulator, 0))),
                );
                Question::Pipeline(vec![doc! { "$group": group }])
            }
            5 => {
                let inner = bson!({ "$map": { "input": &range, "as": "y", "in": { "$add": ["$$x", "$$y"] } } });
                let outer = bson!({ "$map": { "input": range, "as": "x", "in": inner } });
                Question::Pipeline(vec![doc! { "$project": { "r": outer } }])
            }
            6 => {
                let stages = [doc! { "$set": { "r": range } }, doc! { "$unwind": "$r" }];
                let last = doc! { "$group": { "_id": "$r", "all": { "$push": "$$ROOT" } } };
                Question::Pipeline([&stages[..], &stages[..], &[last]].concat())
            }
            _ => {
                let pushes =
                    doc! { "$push": "$s", "window": { "documents": ["unbounded", "unbounded"] } };
                let window = doc! { "sortBy": { "_id": 1 }, "output": { "r": pushes } };
                Question::Pipeline(vec![doc! { "$setWindowFields": window }; 3])
            }
        }
    }

    /// The bytes of a document with some of them changed, if that is a document.
    fn flipped(&mut self, document: Document) -> Document {
        let Ok(mut bytes) = document.to_vec() else {
            return document;
        };
        for _ in 0..=self.random.below(3) {
            let at = self.random.below(bytes.len());
            bytes[at] = self.random.bits().to_le_bytes()[0];
        }
        Document::from_reader(bytes.as_slice()).unwrap_or(document)
    }
}
