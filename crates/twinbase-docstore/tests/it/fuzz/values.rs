//! Values and paths, and what is none.

use bson::{Bson, DateTime, Decimal128, Regex, bson};

use super::make::Maker;

/// The fields of the documents, some paths into them, and some that are none.
pub(super) const PATHS: [&str; 14] = [
    "n", "f", "b", "s", "a", "o", "o.x", "d", "docs", "docs.k", "docs.0.v", "a.1", "_id", "none",
];
pub(super) const NOT_PATHS: [&str; 6] = ["", ".", "a..b", "$n", "a.$", "x\0y"];

impl Maker {
    pub(super) fn path(&mut self) -> String {
        if self.random.chance(2) {
            self.random.pick(&NOT_PATHS)
        } else {
            self.random.pick(&PATHS)
        }
        .to_owned()
    }

    pub(super) fn value(&mut self, depth: usize) -> Bson {
        match self.random.below(6) {
            0 if depth > 0 => {
                let count = self.random.below(4);
                Bson::Array((0..count).map(|_| self.value(depth - 1)).collect())
            }
            1 if depth > 0 => {
                let names = ["x", "k", "v", "n"];
                let count = self.random.below(3);
                Bson::Document(
                    (0..count)
                        .map(|_| (self.random.pick(&names).to_owned(), self.value(depth - 1)))
                        .collect(),
                )
            }
            _ => self.scalar(),
        }
    }

    pub(super) fn number(&mut self) -> Bson {
        match self.random.below(6) {
            0 => Bson::Int32(self.random.pick(&[0, 1, -1, 2, 5, i32::MAX, i32::MIN])),
            1 => Bson::Int64(self.random.pick(&[0, 5, -7, i64::MAX, i64::MIN, 1 << 53])),
            2 => Bson::Double(self.random.pick(&[
                0.0,
                -0.0,
                0.5,
                2.5,
                1e308,
                f64::NAN,
                f64::INFINITY,
                5e-324,
            ])),
            3 => {
                let text = self
                    .random
                    .pick(&["0", "5", "2.5", "-1E+6144", "1E-6176", "NaN", "Infinity"]);
                Bson::Decimal128(text.parse::<Decimal128>().unwrap())
            }
            _ => Bson::Int32(i32::try_from(self.random.below(8)).unwrap()),
        }
    }

    pub(super) fn scalar(&mut self) -> Bson {
        match self.random.below(10) {
            0..5 => self.number(),
            5 | 6 => Bson::String(
                self.random
                    .pick(&["", "a", "Hello", "hello world", "Ärger", "5", "\u{1f600}"])
                    .to_owned(),
            ),
            7 => Bson::Null,
            8 => Bson::Boolean(self.random.chance(50)),
            _ => Bson::DateTime(DateTime::from_millis(self.random.pick(&[
                0,
                1_700_000_000_000,
                i64::MAX,
                i64::MIN,
            ]))),
        }
    }

    pub(super) fn nonsense(&mut self) -> Bson {
        match self.random.below(8) {
            0 => Bson::MinKey,
            1 => Bson::MaxKey,
            2 => Bson::Undefined,
            3 => Bson::ObjectId(bson::oid::ObjectId::from_bytes([7; 12])),
            4 => Bson::RegularExpression(Regex {
                pattern: self
                    .random
                    .pick(&["a", "(", "[z-a]", "^$", "\\"])
                    .try_into()
                    .unwrap(),
                options: self.random.pick(&["", "i", "x"]).try_into().unwrap(),
            }),
            5 => Bson::Timestamp(bson::Timestamp {
                time: 1,
                increment: u32::MAX,
            }),
            6 => bson!({ "$nothing": 1 }),
            _ => Bson::String(
                self.random
                    .pick(&["$", "$$", "$$v", "$$ROOT.n", "$n.", "$$NOW"])
                    .to_owned(),
            ),
        }
    }
}
