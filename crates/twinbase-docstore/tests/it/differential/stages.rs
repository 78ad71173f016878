//! Pipelines of the stages and expressions that the server can prove. Their input has one order, by `_id`, and what they compute is
//! of fields without arrays: `n` is always a number, `s` a string or missing.

use bson::{Bson, Document, bson, doc};

use super::generate::Generator;

impl Generator {
    /// A few stages over documents in the order of their ids.
    pub(super) fn staged(&mut self) -> Vec<Document> {
        let mut stages = vec![
            doc! { "$match": self.filter(0) },
            doc! { "$sort": { "_id": 1 } },
        ];
        if self.chance(30) {
            stages.push(doc! { "$addFields": { "extra": self.expression(2) } });
        }
        match self.below(8) {
            0 => stages.extend(self.unwound()),
            1 => stages.extend(self.joined()),
            2 => stages.push(doc! { "$facet": {
                "few": [{ "$limit": 3 }, { "$project": { "n": 1 } }],
                "count": [{ "$count": "count" }],
                "sums": [{ "$group": { "_id": "$s", "sum": { "$sum": "$n" } } }, { "$sort": { "_id": 1 } }],
            } }),
            3 => stages.push(doc! { "$bucket": {
                "groupBy": "$n", "boundaries": [-1, 0, 1, 2], "default": "other",
                "output": { "count": { "$sum": 1 }, "all": { "$push": "$_id" } },
            } }),
            4 => {
                stages.push(doc! { "$sortByCount": self.pick(&["$s", "$n"]) });
                stages.push(doc! { "$sort": { "count": -1, "_id": 1 } });
            }
            5 => stages.extend([self.gathered(), doc! { "$sort": { "_id": 1 } }]),
            6 => stages.push(doc! { "$replaceRoot": { "newRoot": { "n": "$n", "x": self.expression(1), "of": "$_id" } } }),
            _ => stages.push(doc! { "$project": { "r": self.expression(3), "t": self.text(2) } }),
        }
        stages
    }

    fn unwound(&mut self) -> [Document; 2] {
        let unwind = match self.below(3) {
            0 => bson!("$l"),
            1 => bson!({ "path": "$l", "preserveNullAndEmptyArrays": true }),
            _ => bson!({ "path": "$l", "includeArrayIndex": "at" }),
        };
        [
            doc! { "$unwind": unwind },
            doc! { "$project": { "l": 1, "at": 1 } },
        ]
    }

    /// The order of what is joined is open, its number is not.
    fn joined(&mut self) -> [Document; 2] {
        let field = self.pick(&["n", "s"]);
        let lookup = doc! { "from": self.collection().to_owned(), "localField": field, "foreignField": field, "as": "r" };
        [
            doc! { "$lookup": lookup },
            doc! { "$project": { "count": { "$size": "$r" } } },
        ]
    }

    fn gathered(&mut self) -> Document {
        doc! { "$group": {
            "_id": self.pick(&["$s", "$n"]),
            "first": { "$first": "$_id" },
            "last": { "$last": "$n" },
            "all": { "$push": "$n" },
            "sum": { "$sum": self.expression(1) },
        } }
    }

    /// A number.
    fn expression(&mut self, depth: usize) -> Bson {
        if depth == 0 || self.chance(20) {
            return if self.chance(60) {
                bson!("$n")
            } else {
                self.number()
            };
        }
        let (a, b) = (self.expression(depth - 1), self.expression(depth - 1));
        match self.below(9) {
            0 => bson!({ "$add": [a, b] }),
            1 => bson!({ "$subtract": [a, b] }),
            2 => bson!({ "$multiply": [a, b] }),
            3 => bson!({ "$add": [a, 3] }),
            4 => bson!({ "$cond": [self.condition(depth - 1), a, b] }),
            5 => bson!({ "$ifNull": ["$none", a] }),
            6 => bson!({ "$cmp": [a, b] }),
            7 => bson!({ "$strLenCP": self.text(depth - 1) }),
            _ => bson!({ "$size": [[a, b]] }),
        }
    }

    fn condition(&mut self, depth: usize) -> Bson {
        let (a, b) = (self.expression(depth), self.expression(depth));
        let operator = self.pick(&["$eq", "$ne", "$gt", "$gte", "$lt", "$lte"]);
        let compared = bson!({ operator: [a, b] });
        match self.below(4) {
            0 if depth > 0 => bson!({ "$and": [compared, self.condition(depth - 1)] }),
            1 if depth > 0 => bson!({ "$or": [compared, self.condition(depth - 1)] }),
            2 => bson!({ "$not": [compared] }),
            _ => compared,
        }
    }

    /// A string.
    fn text(&mut self, depth: usize) -> Bson {
        if depth == 0 {
            return bson!({ "$ifNull": ["$s", "none"] });
        }
        let text = self.text(depth - 1);
        match self.below(4) {
            0 => bson!({ "$concat": [text, "-", self.text(0)] }),
            1 => bson!({ "$toLower": text }),
            2 => bson!({ "$toUpper": text }),
            _ => bson!({ "$substrCP": [text, 1, 3] }),
        }
    }
}
